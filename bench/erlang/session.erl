%% Reads commands from the standard input, a line each, and answers each with a line of JSON.
-module(session).
-export([start/1]).

-define(TAIL_MS, 5).

start([Source]) ->
    Images = swap:images(Source),
    ok = swap:load(element(1, Images)),
    loop(#{images => Images, version => 1, servers => []}).

loop(Session) ->
    case io:get_line("") of
        eof -> halt(0);
        Line ->
            {Answer, Next} = obey(string:lexemes(string:trim(Line), " "), Session),
            io:put_chars([json(Answer), $\n]),
            loop(Next)
    end.

%% One server with so many records.
obey(["store", Size], Session) ->
    {ok, Server} = store:start(list_to_integer(Size)),
    {#{}, Session#{servers := [Server]}};
%% A swap in the middle of a window of so many milliseconds, under a client that never stops calling.
obey(["swap", Window], Session = #{servers := [Server]}) ->
    Client = client:start(Server),
    timer:sleep(?TAIL_MS),
    client:reset(Client),
    Half = list_to_integer(Window) div 2,
    timer:sleep(Half),
    {#{stills := [Pause]}, Next} = upgrade(Session),
    timer:sleep(max(Half, ?TAIL_MS)),
    Gap = client:longest_gap(Client),
    ok = client:stop(Client),
    {#{gap => Gap, pause => Pause}, Next};
%% So many servers with a small state.
obey(["spawn", Count], Session) ->
    {Servers, Costs} = costs:spawn(list_to_integer(Count)),
    {Costs, Session#{servers := Servers}};
obey(["upgrade"], Session) ->
    upgrade(Session);
obey(["round-trips", Count], Session = #{servers := [Server | _]}) ->
    {#{ns => costs:round_trips(Server, list_to_integer(Count))}, Session};
obey(["calls", Clients, Count], Session = #{servers := Servers}) ->
    Rate = costs:calls(Servers, list_to_integer(Clients), list_to_integer(Count)),
    {#{per_second => Rate}, Session};
obey(["casts", Count], Session = #{servers := Servers}) ->
    {#{per_second => costs:casts(Servers, list_to_integer(Count))}, Session};
obey(["info"], Session) ->
    Release = list_to_integer(erlang:system_info(otp_release)),
    {#{otp => Release, schedulers => erlang:system_info(schedulers_online)}, Session}.

upgrade(Session = #{images := Images, version := Version, servers := Servers}) ->
    Target = 3 - Version,
    {Total, Stills} = swap:all(Servers, element(Target, Images)),
    Target = gen_server:call(hd(Servers), version, infinity),
    {#{total => Total, stills => Stills}, Session#{version := Target}}.

json(Number) when is_integer(Number) -> integer_to_list(Number);
json(Number) when is_float(Number) -> float_to_list(Number, [{decimals, 3}]);
json(List) when is_list(List) -> [$[, lists:join($,, [json(Item) || Item <- List]), $]];
json(Map) when is_map(Map) ->
    Pairs = [[$", atom_to_list(Key), "\":", json(Value)] || {Key, Value} <- maps:to_list(Map)],
    [${, lists:join($,, Pairs), $}].
