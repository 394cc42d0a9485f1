export default function echo(payload: unknown): unknown {
  return payload
}
