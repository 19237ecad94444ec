using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// RESP on one thread of the engine: takes what a recv brought apart, and runs the requests. Up to <see cref="Ahead"/> of them are parsed
/// before the first one runs, so that the processor fetches the cache lines of all their keys at the same time.
/// </summary>
internal sealed unsafe class RespThread
{
    private const int Ahead = 16;

    // Of a batch, before the clock is read.
    private const int RequestsPerLook = 64;

    private readonly ThreadContext _thread;
    private readonly StoreAccess _access;
    private readonly RequestParser _parser;
    private readonly Request* _requests = (Request*)NativeMemory.AlignedAlloc((nuint)(Ahead * sizeof(Request)), 64);

    /// <summary>Made by the thread that starts the server.</summary>
    public RespThread(RespCommon node, StoreAccess access, ThreadContext threadContext)
    {
        _thread = threadContext;
        _access = access;
        _parser = new RequestParser(node, threadContext);
        Call = new CommandContext(node, access, threadContext);
        node.Calls.Add(Call);
    }

    /// <summary>The part of a thread, with the store's clock set to the start of its job.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RespThread Of(ThreadContext threadContext)
    {
        RespThread thread = ProtocolContext.Part<RespThread>(threadContext, ProtocolNumber.Resp);
        thread._access.Now = threadContext.Now;
        return thread;
    }

    /// <summary>What its commands get.</summary>
    public CommandContext Call { get; }

    /// <summary>Consumes whole requests and answers them; the number of bytes consumed.</summary>
    public int Consume(byte* data, int length)
    {
        CommandContext call = Call;
        call.BeginConnection();
        if ((call.Connection->Flags & RespFlags.Known) == 0)
        {
            return ConsumeUnusual(data, length);
        }

        call.BatchLength = length;
        int consumed = ConsumeBatch(data, length);
        call.ReleaseAdopted();
        return consumed;
    }

    // The first batch of a connection, and all of a replica: apart, so that others need no more registers.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int ConsumeUnusual(byte* data, int length)
    {
        CommandContext call = Call;
        BeginUnusual(call);
        call.BatchLength = length;
        int consumed = ConsumeBatch(data, length);
        call.ReleaseAdopted();
        return consumed;
    }

    /// <summary>The connection that the thread owns ends, and it has a session.</summary>
    public void EndSession()
    {
        Call.BeginConnection();
        RespConnection* connection = Call.Connection;
        if (connection->Session != 0)
        {
            RespSession.End(Call.ExistingSession, Call);
            Call.Resp.Sessions.Free(connection, _thread.Server.Buffers);
        }
    }

    private static void BeginUnusual(CommandContext call)
    {
        if ((call.Connection->Flags & RespFlags.Replica) == 0)
        {
            call.Connection->Flags = call.Common.Options.Password is null ? RespFlags.Known : RespFlags.Known | RespFlags.NeedsPassword;
        }
        else
        {
            // An empty line too: that is how one that is loading says that it is alive.
            ReplicaCommands.NoteHeard(call);
        }
    }

    private int ConsumeBatch(byte* data, int length)
    {
        ThreadContext threadContext = _thread;
        RequestParser parser = _parser;
        byte* end = data + length;
        byte* at = data;
        ParseResult parsed = ParseResult.Complete;
        parser.Begin(data);
        int sinceLook = 0;
        while (at < end && parsed == ParseResult.Complete)
        {
            if (sinceLook >= RequestsPerLook)
            {
                sinceLook = 0;
                threadContext.LookAtTime();
                if (threadContext.ShouldStop)
                {
                    break;
                }
            }

            int count = 0;
            parser.BeginAhead();
            int limit = (Call.Connection->Flags & RespFlags.NeedsPassword) != 0 ? 1 : Ahead;
            while (count < limit && at < end && parser.HasRoom)
            {
                Request* request = _requests + count;
                parsed = parser.Parse(at, end, request);
                if (parsed != ParseResult.Complete)
                {
                    break;
                }

                at = request->End;
                if (request->Count != 0)
                {
                    count++;
                    if (*request->Start != '*')
                    {
                        break;
                    }
                }
            }

            Resolve(count);
            RequestGate gate = threadContext.Gate;
            for (int i = 0; i < count; i++)
            {
                Request* request = _requests + i;
                Run(request);
                if (gate.IsOn)
                {
                    gate.EndRequest();
                }

                if (threadContext.ShouldStop)
                {
                    threadContext.Counters->Requests += i + 1;
                    return (int)(Stopped(request) - data);
                }
            }

            threadContext.Counters->Requests += count;
            sinceLook += count;
            parser.Trim();
        }

        if (parsed == ParseResult.Failed)
        {
            threadContext.Counters->ProtocolErrors++;
            ReplyFailure(parser.Complaint);
            threadContext.CloseAfterFlush();
            return length;
        }

        parser.End(end - at, _access);
        return (int)(at - data);
    }

    // Where the next batch goes on after a request that ended this one.
    private byte* Stopped(Request* request)
    {
        _parser.ForgetUnfinished();
        if (Call.RunsAgain)
        {
            _thread.Counters->Requests--;
            return request->Start;
        }

        return request->End;
    }

    // Names to commands, keys to hashes, and the hashes' cache lines on their way.
    private void Resolve(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Request* request = _requests + i;
            Argument* arguments = _parser.Arguments + request->FirstArgument;
            Command* command = CommandTable.Find(arguments->Data, arguments->Length);
            request->Hash = 0;
            if (command != null)
            {
                if (!command->Accepts(request->Count) || (command->Flags & CommandFlags.Container) != 0)
                {
                    // The slower dispatch says what is wrong with it, or finds the subcommand.
                    command = null;
                }
                else if (command->FirstKey > 0 && command->FirstKey < request->Count)
                {
                    request->Hash = _access.Hash(arguments[command->FirstKey].Data, arguments[command->FirstKey].Length);
                    if (count > 1)
                    {
                        _access.Prefetch(request->Hash);
                    }
                }
            }

            request->Command = command;
        }

        // The buckets are on their way; by now the first has arrived and says where its record is.
        for (int i = 0; i < count && count > 1; i++)
        {
            if (_requests[i].Hash != 0)
            {
                _access.PrefetchRecords(_requests[i].Hash);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Run(Request* request)
    {
        CommandContext call = Call;
        Command* command = request->Command;
        call.Begin(command, _parser.Arguments + request->FirstArgument, request->Count, request->Hash);
        if (command == null || (call.Connection->Flags & RespFlags.Special) != 0 || call.Common.ChecksCommands)
        {
            CommandDispatch.RunChecked(call, command);
            return;
        }

        call.Connection->LastCommand = (ushort)command->Number;
        CommandDispatch.Invoke(call, command);
    }

    // A protocol error is nobody's command.
    private void ReplyFailure(ReadOnlySpan<byte> text)
    {
        Call.Statistics.CountError("ERR"u8);
        _thread.Output.Write("-ERR "u8);
        _thread.Output.Write(text);
        _thread.Output.Write("\r\n"u8);
    }
}
