using System;

using Epollsrv.Native;
using Epollsrv.Ring;

namespace Epollsrv.Share;

/// <content>From changes of the folder to registrations. What a change says is not believed: the folder is looked at, so that late, doubled and lost events do no harm.</content>
internal sealed unsafe partial class Registrar
{
    private void ReadChanges()
    {
        while (_watcher is not null && _watcher.TryRead(out FolderChange change, out ReadOnlySpan<byte> name))
        {
            switch (change)
            {
                case FolderChange.Overflow:
                    _listAgain = true;
                    break;
                case FolderChange.Gone:
                    // Moved: the descriptor still leads to it. Deleted or unmounted: the next listing says so.
                    Warn("the shared folder " + _folder.Path + " was moved, deleted or unmounted: what can still be read of it is still shared; start the node again to share what is put in its place");
                    _watcher.Close();
                    Watch();
                    _listAgain = true;
                    break;
                case FolderChange.Attributes when !_registered.Contains(name) && !_skipped.Contains(name):
                case FolderChange.Created when !_folder.IsLinkOrLinked(name):
                    // Its writer has not closed it.
                    break;
                default:
                    _ = _changed.Add(name);
                    break;
            }
        }
    }

    private void ApplyChanges(RegistrationClient client)
    {
        if (_changed.Count == 0)
        {
            return;
        }

        NameSet added = new();
        NameSet removed = new();
        foreach (byte[] name in _changed.ToArray())
        {
            bool there = Look(name);
            if (there)
            {
                Changed?.Invoke(name);
            }

            if (there != _registered.Contains(name))
            {
                _ = (there ? added : removed).Add(name);
            }
        }

        _changed.Clear();
        Apply(client, added, removed);
    }

    private void ListAll(RegistrationClient client)
    {
        _listAgain = false;
        _nextListing = Clock.Monotonic() + UnwatchedInterval;
        NameSet names = new();
        NameSet skipped = new();
        int error = _folder.List(names, skipped);
        if (error == 0 || error == -Errno.NoEntry)
        {
            _folderFailed = false;
        }
        else if (!_folderFailed)
        {
            _folderFailed = true;
            Warn("cannot list the shared folder " + _folder.Path + ": " + Errno.Describe(error) + "; its files stay registered until it can be read again");
        }

        foreach (byte[] name in skipped.ToArray())
        {
            _ = Look(name);
        }

        NameSet added = new();
        NameSet removed = new();
        Difference(names, _registered, added);
        if (!_folderFailed)
        {
            Difference(_registered, names, removed);
        }

        _listAgain = _folderFailed && _watcher is not null;
        Apply(client, added, removed);
    }

    // Whether the name can be fetched; one that is there but cannot is told once.
    private bool Look(ReadOnlySpan<byte> name)
    {
        int file = _folder.Open(name, out _);
        if (file >= 0)
        {
            Descriptor.Close(file);
        }

        if (file is >= 0 or -Errno.NoEntry or -Errno.IsDirectory or -Errno.NotPermitted)
        {
            _ = _skipped.Remove(name);
        }
        else if (_skipped.Add(name))
        {
            Warn("not shared: " + FileName.Describe(name) + ": " + (file == -Errno.Invalid ? "a reserved name" : Errno.Describe(file)));
        }

        return file >= 0;
    }

    private static void Difference(NameSet left, NameSet right, NameSet result)
    {
        for (int place = 0; place < left.Capacity; place++)
        {
            if (left.At(place) is { } name && !right.Contains(name))
            {
                _ = result.Add(name);
            }
        }
    }

    private void Apply(RegistrationClient client, NameSet added, NameSet removed)
    {
        if (added.Count + removed.Count == 0)
        {
            return;
        }

        // Withdrawn first: a file renamed and another put in its place are two names, but never both missing for long.
        int withdrawn = Hand(client, removed.ToArray(), add: false);
        int registered = Hand(client, added.ToArray(), add: true);
        Publish();
        _inform((added.Count == 0 ? string.Empty : "registered " + Number(registered) + " of " + Number(added.Count) + " files")
            + (added.Count == 0 || removed.Count == 0 ? string.Empty : ", ")
            + (removed.Count == 0 ? string.Empty : "withdrew " + Number(withdrawn) + " of " + Number(removed.Count) + " files")
            + "; " + Number(_registered.Count) + " shared from " + _folder.Path);
    }

    private int Hand(RegistrationClient client, byte[][] names, bool add)
    {
        int done = 0;
        for (int i = 0; i < names.Length && !IsStopping; i += Part)
        {
            Span<byte[]> part = names.AsSpan(i, Math.Min(Part, names.Length - i));
            foreach (byte[] name in part)
            {
                _ = add ? _registered.Add(name) : _registered.Remove(name);
            }

            done += add ? client.Register(part, TickBudget) : client.Withdraw(part, TickBudget);
        }

        return done;
    }
}
