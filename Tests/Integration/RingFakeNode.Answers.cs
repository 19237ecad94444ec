using System;
using System.Text;
using Epollsrv.Protocol.Cs;

namespace Epollsrv.Tests.Integration;

/// <content>What it answers.</content>
internal sealed partial class RingFakeNode
{
    private byte[] Answer(byte[] request)
    {
        string key = Encoding.Latin1.GetString(CsFrame.Key(request));
        byte[] value = CsFrame.Value(request).ToArray();
        byte[] reply = (byte[])request.Clone();
        reply[CsFrame.StatusOffset] = CsFrame.Ok;
        lock (_store)
        {
            bool found = _store.TryGetValue(key, out byte[]? stored);
            Log.Add(CsFrame.Command(request) switch { 1 => "PUT ", 2 => "GET ", 3 => "DEL ", _ => "PEER_REQ " } + key + "="
                + Encoding.Latin1.GetString(value));
            switch (CsFrame.Command(request))
            {
                case CsFrame.Put:
                    _store[key] = Put(request, stored, value);
                    break;
                case CsFrame.Get when !_original && CsFrame.Key(request).SequenceEqual(CsFrame.IdentityKey):
                    CsFrame.WriteGetReply(request, reply, Encoding.ASCII.GetBytes("epollsrv 9.9.9 keys=" + _store.Count));
                    break;
                case CsFrame.Get when found && _original:
                    if (stored!.Length > CsFrame.ReplyCapacity(key.Length))
                    {
                        Violations.Add("a list that overruns its reply");
                    }

                    stored.AsSpan(0, Math.Min(stored.Length, CsFrame.ReplyCapacity(key.Length))).CopyTo(reply.AsSpan(6 + key.Length));
                    break;
                case CsFrame.Get when found:
                    CsFrame.WriteGetReply(request, reply, stored);
                    break;
                case CsFrame.Get:
                    reply[CsFrame.StatusOffset] = CsFrame.Error;
                    break;
                case CsFrame.Delete:
                    Delete(key, stored, value, reply);
                    break;
                default:
                    return SendFile(key);
            }
        }

        return reply;
    }

    private byte[] Put(byte[] request, byte[]? stored, byte[] value)
    {
        bool absent = stored is null;
        stored ??= [];
        if (_original)
        {
            if (HolderList.IsList(value) && !absent && HolderList.ContainsAll(stored, value))
            {
                Violations.Add("a holder listed twice");
            }

            return absent ? value : [.. stored, (byte)' ', .. value];
        }

        if (absent || CsFrame.Flags(request) == CsFrame.FlagReplace)
        {
            return value;
        }

        bool listed = CsFrame.Flags(request) == CsFrame.FlagIfAbsent || (HolderList.IsList(value) && HolderList.ContainsAll(stored, value));
        return listed ? stored : [.. stored, (byte)' ', .. value];
    }

    private void Delete(string key, byte[]? stored, byte[] value, byte[] reply)
    {
        if (!_original && value.Length > 0 && stored is not null)
        {
            int length = HolderList.Remove(stored, value, stored);
            if (length > 0)
            {
                _store[key] = stored[..length];
                return;
            }

            if (length < 0)
            {
                reply[CsFrame.StatusOffset] = CsFrame.Error;
                return;
            }
        }

        if (!_store.Remove(key))
        {
            reply[CsFrame.StatusOffset] = CsFrame.Error;
        }
    }

    private byte[] SendFile(string name)
    {
        if (!Files.TryGetValue(name, out byte[]? file))
        {
            return _original ? [0, 0, 0, 4] : CsFrame.TransferError.ToArray();
        }

        return Cut ? file[..(file.Length / 2)] : _original && file.Length == 0 ? [] : [.. file, .. CsFrame.EndOfFile];
    }
}
