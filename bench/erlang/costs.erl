%% What processes and messages cost where nothing is upgraded.
-module(costs).
-export([spawn/1, round_trips/2, calls/3, casts/2]).

%% Starts servers one after the other. Bytes and microseconds for each.
spawn(Count) ->
    Before = erlang:memory(total),
    Began = now_us(),
    Servers = [started() || _ <- lists:seq(1, Count)],
    Took = now_us() - Began,
    Bytes = erlang:memory(total) - Before,
    {Servers, #{spawn_us => Took / Count, bytes => Bytes / Count}}.

started() ->
    {ok, Server} = store:start(0),
    Server.

%% How long each of many calls took that followed each other, in nanoseconds.
round_trips(Server, Count) ->
    [round_trip(Server) || _ <- lists:seq(1, Count)].

round_trip(Server) ->
    Began = erlang:monotonic_time(nanosecond),
    gen_server:call(Server, ping, infinity),
    erlang:monotonic_time(nanosecond) - Began.

%% Calls a second of many clients at once, each of which calls again when it has its reply.
calls(Servers, Clients, Count) ->
    Self = self(),
    Each = Count div Clients,
    Targets = lists:sublist(lists:append(lists:duplicate(Clients div length(Servers) + 1, Servers)), Clients),
    Began = now_us(),
    Running = [spawn_link(fun() -> call(Server, Each), Self ! {self(), done} end) || Server <- Targets],
    [receive {Client, done} -> ok end || Client <- Running],
    rate(Each * Clients, Began).

call(_Server, 0) -> ok;
call(Server, Left) ->
    gen_server:call(Server, ping, infinity),
    call(Server, Left - 1).

%% Casts a second from one sender to each server in turn, the last one handled included.
casts(Servers, Count) ->
    Rounds = Count div length(Servers),
    Began = now_us(),
    [[gen_server:cast(Server, ping) || Server <- Servers] || _ <- lists:seq(1, Rounds)],
    [gen_server:call(Server, ping, infinity) || Server <- Servers],
    rate(Rounds * length(Servers), Began).

rate(Count, Began) -> Count * 1000000 / (now_us() - Began).

now_us() -> erlang:monotonic_time(microsecond).
