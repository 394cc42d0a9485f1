#!/usr/bin/env escript
%% A gen_server whose code_change works, and then one whose code_change throws.
-mode(compile).
-behaviour(gen_server).
-export([init/1, handle_call/3, handle_cast/2, code_change/3]).

init([]) -> {ok, 0}.
handle_call(increment, _From, Count) -> {reply, Count + 1, Count + 1}.
handle_cast(_Message, Count) -> {noreply, Count}.
code_change(_Old, Count, works) -> {ok, Count};
code_change(_Old, _Count, throws) -> error(no_migration).

main(_) ->
    {ok, Counter} = gen_server:start(?MODULE, [], []),
    1 = gen_server:call(Counter, increment),
    ok = sys:suspend(Counter),
    ok = sys:change_code(Counter, ?MODULE, v1, works),
    ok = sys:resume(Counter),
    io:format("after a code_change that works: ~p~n", [gen_server:call(Counter, increment)]),
    ok = sys:suspend(Counter),
    {error, _} = sys:change_code(Counter, ?MODULE, v1, throws),
    {'EXIT', {Why, _}} = (catch gen_server:call(Counter, increment, 500)),
    {status, _, _, [_, State | _]} = sys:get_status(Counter),
    io:format("after one that throws: the process is ~p, a call ends by ~p~n", [State, Why]).
