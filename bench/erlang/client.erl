%% A client that calls again as soon as it has its reply, and knows the longest time between two replies.
-module(client).
-export([start/1, reset/1, longest_gap/1, stop/1]).

start(Server) -> spawn_link(fun() -> run(Server, 0, now_us(), 0) end).

%% Starts a new window.
reset(Client) -> ask(Client, reset).

%% The longest gap of the window in microseconds, one that has not ended yet included.
longest_gap(Client) -> ask(Client, longest_gap).

stop(Client) -> ask(Client, stop).

ask(Client, What) ->
    Client ! {What, self()},
    receive {Client, Answer} -> Answer end.

run(Server, Before, Last, Longest) ->
    receive
        {reset, From} ->
            From ! {self(), ok},
            call(Server, Before, Last, 0);
        {longest_gap, From} ->
            From ! {self(), Longest},
            call(Server, Before, Last, Longest);
        {stop, From} ->
            From ! {self(), ok}
    after 0 -> call(Server, Before, Last, Longest)
    end.

call(Server, Before, Last, Longest) ->
    Pings = gen_server:call(Server, ping, infinity),
    true = Before =:= 0 orelse Pings =:= Before + 1,
    Now = now_us(),
    run(Server, Pings, Now, max(Longest, Now - Last)).

now_us() -> erlang:monotonic_time(microsecond).
