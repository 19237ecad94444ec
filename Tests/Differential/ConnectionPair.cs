using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;

namespace Epollsrv.Tests.Differential;

/// <summary>A connection to each server. What is sent goes to both; every reply is compared.</summary>
internal sealed class ConnectionPair : IDisposable
{
    private readonly RespStream _redis;
    private readonly RespStream _node;
    private readonly ByteWriter _writer = new();
    private readonly Comparison _comparison;
    private readonly List<Request> _queued = [];
    private readonly Queue<string> _recent = new();
    private bool _inTransaction;

    public ConnectionPair(ServerProcess redis, ServerProcess node, Comparison comparison)
    {
        _redis = redis.Connect();
        _node = node.Connect();
        _comparison = comparison;
    }

    /// <summary>Waits until both servers have run all that was sent, and closed.</summary>
    public void Finish()
    {
        foreach (RespStream stream in (RespStream[])[_redis, _node])
        {
            try
            {
                stream.EndSending();
                _ = stream.ReadToEnd();
            }
            catch (System.Net.Sockets.SocketException)
            {
                // It has closed already.
            }
        }
    }

    /// <summary>Sends the requests in one piece and compares one reply for each.</summary>
    /// <returns>Whether all were as they should be.</returns>
    public bool Run(List<Request> requests)
    {
        _writer.Clear();
        foreach (Request request in requests)
        {
            request.WriteTo(_writer);
        }

        _redis.Send(_writer.Written);
        _node.Send(_writer.Written);
        bool same = true;
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; i < requests.Count; i++)
        {
            ReadOnlySpan<byte> expected;
            ReadOnlySpan<byte> actual;
            try
            {
                expected = _redis.ReadReply();
            }
            catch (EndOfStreamException)
            {
                try
                {
                    if (_node.ReadToEnd() is { Length: > 0 } rest)
                    {
                        _comparison.Report("closed", requests[i] + ": redis has closed, the node goes on: " + Reply.Show(rest));
                    }
                }
                catch (System.Net.Sockets.SocketException)
                {
                    _comparison.Report("closed", requests[i] + ": redis has closed, the node neither goes on nor closes; all: "
                        + string.Join("\n  ", requests));
                }

                return false;
            }

            try
            {
                actual = _node.ReadReply();
            }
            catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
            {
                throw new InvalidDataException(
                    _comparison.Place + ": no reply from the node to " + requests[i] + " (" + exception.Message + "); Redis says "
                        + Reply.Show(expected)
                        + "\nbefore it: " + string.Join("\n  ", requests.GetRange(Math.Max(0, i - 4), Math.Min(4, i))),
                    exception);
            }

            Differences.NoteBatch((long)Stopwatch.GetElapsedTime(began).TotalMilliseconds);

            // What follows the first difference may differ because of it.
            if (same)
            {
                same = Compare(requests[i], expected, actual);
            }
        }

        return same;
    }

    /// <summary>Sends one request and returns the reply of each, uncompared.</summary>
    public (Reply Redis, Reply Node) Ask(params string[] words)
    {
        _writer.Clear();
        Request.Of(words).WriteTo(_writer);
        _redis.Send(_writer.Written);
        _node.Send(_writer.Written);
        return (Reply.Parse(_redis.ReadReply()), Reply.Parse(_node.ReadReply()));
    }

    /// <summary>Sends a request to one side each and returns the replies.</summary>
    public (Reply Redis, Reply Node) AskEach(Request toRedis, Request toNode)
    {
        _writer.Clear();
        toRedis.WriteTo(_writer);
        _redis.Send(_writer.Written);
        _writer.Clear();
        toNode.WriteTo(_writer);
        _node.Send(_writer.Written);
        return (Reply.Parse(_redis.ReadReply()), Reply.Parse(_node.ReadReply()));
    }

    /// <summary>Where in the run we are.</summary>
    public string Place => _comparison.Place;

    /// <summary>What has differed so far.</summary>
    public string Describe() => _comparison.Describe();

    /// <summary>After a difference: no transaction is open any more.</summary>
    public void Reset()
    {
        _ = Ask("RESET");
        _inTransaction = false;
        _queued.Clear();
    }

    public void Dispose()
    {
        _redis.Dispose();
        _node.Dispose();
    }

    // What a transaction came from is needed to understand its result.
    private void Remember(Request request)
    {
        _recent.Enqueue(request.ToString());
        if (_recent.Count > 16)
        {
            _ = _recent.Dequeue();
        }

        _comparison.Recent = request.Name == "EXEC" ? _recent : null;
    }

    private bool Compare(Request request, ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        bool queued = expected.SequenceEqual("+QUEUED\r\n"u8);
        Remember(request);
        bool same = _comparison.Check(request, _queued, expected, actual);
        if (queued)
        {
            _queued.Add(request);
        }
        else
        {
            _comparison.Coverage.Add(request.Labels, expected[0] != '-');
            if (request.Name == "MULTI" && expected[0] == '+')
            {
                _inTransaction = true;
            }
            else if (_inTransaction && (request.Name is "EXEC" or "DISCARD" or "RESET") && request.Words.Count == 1)
            {
                _inTransaction = false;
                _queued.Clear();
            }
        }

        return same;
    }
}
