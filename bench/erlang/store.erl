%% The program whose code is swapped: the same server as the JavaScript variants run. VERSION says which of its two
%% versions this is; version 2 keeps balances in cents.
-module(store).
-behaviour(gen_server).
-export([start/1, init/1, handle_call/3, handle_cast/2, code_change/3]).

%% A record of Erlang is a tuple, the fastest way it has to hold a row.
-record(customer, {id, name, balance, tags}).

start(Size) -> gen_server:start(?MODULE, Size, []).

init(Size) -> {ok, {0, maps:from_list([{Id, customer(Id)} || Id <- lists:seq(0, Size - 1)])}}.

handle_call(ping, _From, {Pings, Records}) -> {reply, Pings + 1, {Pings + 1, Records}};
handle_call(version, _From, State) -> {reply, ?VERSION, State}.

handle_cast(ping, {Pings, Records}) -> {noreply, {Pings + 1, Records}}.

%% From the other version. Each record is rewritten.
code_change(_Vsn, {Pings, Records}, _Extra) ->
    {ok, {Pings, maps:map(fun(_Id, Customer) -> rewrite(Customer) end, Records)}}.

-if(?VERSION =:= 1).
rewrite(#customer{id = Id, name = Name, balance = Cents, tags = Tags}) ->
    #customer{id = Id, name = Name, balance = Cents div 100, tags = Tags}.
-else.
rewrite(#customer{id = Id, name = Name, balance = Balance, tags = Tags}) ->
    #customer{id = Id, name = Name, balance = Balance * 100, tags = Tags}.
-endif.

customer(Id) ->
    #customer{
        id = Id,
        name = <<"customer ", (integer_to_binary(Id))/binary>>,
        balance = (Id * 37) rem 1000,
        tags = [
            <<"active">>,
            <<"region-", (integer_to_binary(Id rem 50))/binary>>,
            <<"tier-", (integer_to_binary(Id rem 5))/binary>>
        ]
    }.
