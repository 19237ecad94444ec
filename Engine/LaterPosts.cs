namespace Epollsrv.Engine;

/// <summary>
/// Messages that a request posts before it knows the position of the log they wait for, because it still holds partitions (EXEC). They are
/// sent when it is over, in their order. Belongs to a thread.
/// </summary>
internal sealed unsafe class LaterPosts(Server server)
{
    private const int First = 16;

    private Post* _posts;
    private int _count;
    private int _capacity;

    /// <summary>Whether there are any.</summary>
    public bool Any => _count > 0;

    /// <summary>Keeps a message, with a reference to its bytes. Ends the receiver when there is no memory.</summary>
    /// <returns>Whether it was kept.</returns>
    public bool Add(ulong token, SharedBytes* bytes, int kind)
    {
        if ((_count + 1) * sizeof(Post) > _capacity && !TryGrow())
        {
            // Better closed than waiting for what it was not told.
            _ = server.Signals.Kill(token);
            return false;
        }

        SharedBytes.AddReference(bytes);
        _posts[_count++] = new Post { Token = token, Bytes = bytes, Kind = kind };
        return true;
    }

    /// <summary>Posts them all.</summary>
    public void Send(long position)
    {
        for (int i = 0; i < _count; i++)
        {
            _ = server.Signals.Post(_posts[i].Token, _posts[i].Bytes, _posts[i].Kind, position);
        }

        Drop();
    }

    /// <summary>Forgets them.</summary>
    public void Drop()
    {
        for (int i = 0; i < _count; i++)
        {
            SharedBytes.Release(server.Buffers, _posts[i].Bytes);
        }

        _count = 0;
        if (_posts != null)
        {
            server.Buffers.Return((byte*)_posts, _capacity);
            _posts = null;
            _capacity = 0;
        }
    }

    private bool TryGrow()
    {
        int capacity = 0;
        int wanted = _capacity == 0 ? First * sizeof(Post) : 2 * _capacity;
        byte* grown = wanted > 0 ? server.Buffers.TryRent(wanted, out capacity) : null;
        if (grown == null)
        {
            return false;
        }

        if (_posts != null)
        {
            System.Buffer.MemoryCopy(_posts, grown, capacity, _count * sizeof(Post));
            server.Buffers.Return((byte*)_posts, _capacity);
        }

        _posts = (Post*)grown;
        _capacity = capacity;
        return true;
    }

    private struct Post
    {
        public ulong Token;
        public SharedBytes* Bytes;
        public int Kind;
    }
}
