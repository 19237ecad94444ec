using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Epollsrv.Journal;
using Epollsrv.Native;
using Epollsrv.Node;
using Epollsrv.Protocol.Resp;
using Epollsrv.Store;
using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Memcached's items of a node in the test's process, by an access to the store of their own. One thread.</summary>
internal sealed unsafe class NodeItems
{
    private readonly RunningNode _node;
    private readonly StoreAccess _access;

    public NodeItems(InProcessNode node)
    {
        _node = node.Node;
        _access = new StoreAccess(_node.Store);
        _access.Journal = new RecordWriter(_node, &Append, this, &NoCommand);
    }

    /// <summary>Sets a key.</summary>
    public void Put(string key, string value, ItemFields item, long expireAt = 0) => At(key, (name, length, hash) =>
    {
        byte[] bytes = Encoding.Latin1.GetBytes(value);
        fixed (byte* data = bytes)
        {
            Assert.Equal(
                StoreResult.Ok,
                _access.Writer.Items.Put(
                    (byte*)name, length, hash, data, bytes.Length, item, new ChangeNote(ChangeName.Set), expireAt));
        }
    });

    /// <summary>Adds to a value, as memcached's append does.</summary>
    public void Append(string key, string value) => At(key, (name, length, hash) =>
    {
        Entry* entry = _access.Keys.LookupWrite((byte*)name, length, hash);
        long before = entry->ValueLength;
        byte* data = _access.Editor.Begin((byte*)name, length, hash, entry, before + value.Length, keepsClientFlags: true);
        Assert.True(data != null);
        byte[] added = Encoding.Latin1.GetBytes(value);
        added.CopyTo(new Span<byte>(data + before, added.Length));
        _access.Editor.Commit(before, added.Length, new ChangeNote(ChangeName.Append));
    });

    /// <summary>Asks for a key's unique.</summary>
    public ulong Assign(string key)
    {
        ulong unique = 0;
        At(key, (name, length, hash) =>
        {
            Entry* entry = _access.Keys.LookupRead((byte*)name, length, hash);
            entry = _access.Writer.Items.AssignUnique(entry, hash);
            unique = entry->Item.Unique;
        });
        return unique;
    }

    /// <summary>Gives a key's fields other values.</summary>
    public void Set(string key, ItemFields item) => At(key, (name, length, hash) =>
        Assert.True(_access.Writer.Items.Set(_access.Keys.LookupWrite((byte*)name, length, hash), hash, item) != null));

    /// <summary>Removes a key.</summary>
    public void Delete(string key) => At(key, (name, length, hash) =>
        Assert.True(_access.Writer.Delete((byte*)name, length, hash, new ChangeNote(ChangeName.Delete))));

    /// <summary>Value and fields of keys, a line for each.</summary>
    public string[] Show(IEnumerable<string> keys) => [.. keys.Select(Show)];

    /// <summary>Value and fields of a key.</summary>
    public string Show(string key)
    {
        string text = key + " is missing";
        At(key, (name, length, hash) =>
        {
            Entry* entry = _access.Keys.LookupNoEffects((byte*)name, length, hash);
            if (entry != null)
            {
                ItemFields item = entry->Item;
                text = key + "=" + Encoding.Latin1.GetString(entry->Value) + " until " + entry->Expiry + " flags " + item.ClientFlags
                    + " unique " + item.Unique + " " + item.State;
            }
        });
        return text;
    }

    private void At(string key, Action<nint, int, ulong> act)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(key);
        _access.Now = Clock.Wall() / 1_000_000;
        fixed (byte* name = bytes)
        {
            ulong hash = _access.Hash(name, bytes.Length);
            _access.Lock(hash);
            try
            {
                act((nint)name, bytes.Length, hash);
            }
            finally
            {
                _access.Unlock();
            }
        }
    }

    private static long Append(object owner, RecordBlock* block)
    {
        ChangeLog log = ((RunningNode)owner).Feed.Log!;
        long position = log.Buffer.Append(block);
        log.WriteSoon();
        return position;
    }

    private static void NoCommand(object owner, out Argument* arguments, out int count) => throw new InvalidOperationException();
}
