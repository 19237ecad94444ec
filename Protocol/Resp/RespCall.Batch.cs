using System;
using System.Runtime.CompilerServices;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Resp;

/// <content>
/// One batch: what a recv brought. Up to <see cref="Ahead"/> requests are parsed before the first of them runs, so that the processor
/// fetches the cache lines of all their keys at the same time.
/// </content>
internal sealed unsafe partial class RespCall
{
    private const int Ahead = 16;
    private const int AheadArguments = 512;

    private readonly Request* _requests;
    private readonly ushort* _touched;
    private readonly byte* _isTouched;
    private readonly byte[] _complaint = new byte[64];
    private int _complaintLength;
    private byte* _batch;
    private int _touchedCount;
    private int _lastTouched;
    private long _seenBusy;

    /// <summary>Consumes whole requests and answers them; the number of bytes consumed.</summary>
    public int Consume(byte* data, int length)
    {
        Connection = (RespConnection*)Turn.ProtocolState;
        if ((Connection->Flags & RespFlags.Known) == 0)
        {
            Connection->Flags = Services.Password is null ? RespFlags.Known : RespFlags.Known | RespFlags.NeedsPassword;
        }

        if (_touchedCount != 0)
        {
            SettleTimes();
        }

        int consumed = ConsumeBatch(data, length);
        ReleaseAdopted();
        return consumed;
    }

    private int ConsumeBatch(byte* data, int length)
    {
        Turn turn = Turn;
        byte* end = data + length;
        byte* at = data;
        Parsed parsed = Parsed.Complete;
        _batch = data;
        _needed = 0;
        _bodyLength = 0;
        _resumeOffset = 0;
        _resumeRemaining = 0;
        while (at < end && parsed == Parsed.Complete)
        {
            int count = 0;
            _used = 0;
            int limit = (Connection->Flags & RespFlags.NeedsPassword) != 0 ? 1 : Ahead;
            while (count < limit && at < end && _used < AheadArguments)
            {
                Request* request = _requests + count;
                parsed = Parse(at, end, request);
                if (parsed != Parsed.Complete)
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
            for (int i = 0; i < count; i++)
            {
                Request* request = _requests + i;
                Run(request);
                if (turn.ShouldStop)
                {
                    turn.Counters->Requests += i + 1;
                    return (int)(Stopped(request) - data);
                }
            }

            turn.Counters->Requests += count;
            if (_capacity > KeptCapacity)
            {
                Shrink();
            }
        }

        if (parsed == Parsed.Failed)
        {
            turn.Counters->ProtocolErrors++;
            ReplyFailure(_complaint.AsSpan(0, _complaintLength));
            turn.CloseAfterFlush();
            return length;
        }

        Connection->ResumeOffset = _resumeOffset;
        Connection->ResumeRemaining = _resumeRemaining;
        if (_bodyLength != 0)
        {
            ReceiveBody(end - at);
        }
        else if (_needed != 0)
        {
            turn.NeedInput(_needed);
        }

        return (int)(at - data);
    }

    /// <summary>Time for which a thread has worked since the last batch goes to the commands of that batch, each its share.</summary>
    public void SettleTimes()
    {
        long busy = Turn.Counters->BusyNanoseconds;
        long spent = busy - _seenBusy;
        _seenBusy = busy;
        long calls = 0;
        for (int i = 0; i < _touchedCount; i++)
        {
            CommandStatistics* statistics = Statistics + _touched[i];
            calls += statistics->Calls - statistics->TimedCalls;
        }

        if (calls > 0)
        {
            long share = spent / calls;
            for (int i = 0; i < _touchedCount; i++)
            {
                CommandStatistics* statistics = Statistics + _touched[i];
                long untimed = statistics->Calls - statistics->TimedCalls;
                statistics->Nanoseconds += share * untimed;
                statistics->TimedCalls = statistics->Calls;
                NoteLatency(_touched[i], share, untimed);
            }
        }

        for (int i = 0; i < _touchedCount; i++)
        {
            _isTouched[_touched[i]] = 0;
        }

        _touchedCount = 0;
        _lastTouched = 0;
    }

    // Where the next batch goes on after a request that ended this one.
    private byte* Stopped(Request* request)
    {
        Connection->ResumeOffset = 0;
        Connection->ResumeRemaining = 0;
        if (Turn.Deferred || Turn.PauseRequested)
        {
            // It runs again.
            Turn.Counters->Requests--;
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
            Argument* arguments = _arguments + request->FirstArgument;
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
                    request->Hash = Access.Hash(arguments[command->FirstKey].Data, arguments[command->FirstKey].Length);
                    if (count > 1)
                    {
                        Access.Prefetch(request->Hash);
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
                Access.PrefetchRecords(_requests[i].Hash);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Run(Request* request)
    {
        Arguments = _arguments + request->FirstArgument;
        Count = request->Count;
        Hash = request->Hash;
        Command* command = request->Command;
        Command = command;
        if (command == null || (Connection->Flags & RespFlags.Special) != 0 || Node.IsAttentive)
        {
            RunCarefully(command);
            return;
        }

        Invoke(command);
    }

    // Runs the command and counts it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Invoke(Command* command)
    {
        int number = command->Number;
        Connection->LastCommand = (ushort)number;
        if ((command->Flags & CommandFlags.Long) != 0 || _timesAll)
        {
            InvokeTimed(command);
            return;
        }

        command->Execute(this);
        Statistics[number].Calls++;
        if (number != _lastTouched)
        {
            NoteTouched(number);
        }
    }

    private void NoteTouched(int number)
    {
        if (_timedSince != 0)
        {
            EndTimed(number);
            return;
        }

        _lastTouched = number;
        if (_isTouched[number] == 0)
        {
            _isTouched[number] = 1;
            _touched[_touchedCount++] = (ushort)number;
        }
    }
}
