%% An upgrade as OTP's release handler does it: suspend all who run the module, load it, change each, resume all.
-module(swap).
-export([images/1, load/1, all/2]).

%% Both versions of the program, compiled.
images(Source) -> {image(Source, 1), image(Source, 2)}.

image(Source, Version) ->
    {ok, store, Binary} = compile:file(Source, [binary, {d, 'VERSION', Version}]),
    Binary.

load(Image) ->
    {module, store} = code:load_binary(store, "store.erl", Image),
    ok.

%% How long it took, old code purged, and how long each stood still: microseconds.
all(Servers, Image) ->
    Began = now_us(),
    Suspended = [suspend(Server) || Server <- Servers],
    ok = load(Image),
    [ok = sys:change_code(Server, store, undefined, [], infinity) || Server <- Servers],
    Stills = [resume(Server, Since) || {Server, Since} <- lists:zip(Servers, Suspended)],
    code:purge(store),
    {now_us() - Began, Stills}.

suspend(Server) ->
    ok = sys:suspend(Server, infinity),
    now_us().

resume(Server, Since) ->
    ok = sys:resume(Server, infinity),
    now_us() - Since.

now_us() -> erlang:monotonic_time(microsecond).
