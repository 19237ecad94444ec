using System;
using System.Globalization;

using Epollsrv.Native;
using Epollsrv.Ring;

namespace Epollsrv.Share;

/// <summary>
/// What has changed in the shared folder, against what is registered of it. What an event says is not believed:
/// the folder is looked at, so that late, doubled and lost events do no harm. Belongs to the registrar's thread.
/// </summary>
internal sealed class FolderChanges : IDisposable
{
    private const long UnwatchedInterval = 30_000_000_000;

    // More changes than this between two looks are a listing of the folder.
    private const int MostChanges = 65536;

    private readonly SharedFolder _folder;
    private readonly NameSet _registered;
    private readonly Action<string> _warn;
    private readonly NameSet _skipped;
    private readonly NameSet _changed = new(MostChanges);
    private FolderWatcher? _watcher;
    private bool _listAgain = true;
    private bool _folderFailed;
    private long _nextListing;

    // Whether files were left out because there are too many.
    private bool _isFull;

    /// <summary>Prepares; <see cref="Watch"/> begins.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="registered">The names that are registered.</param>
    /// <param name="warn">Takes a line about what failed.</param>
    public FolderChanges(SharedFolder folder, NameSet registered, Action<string> warn)
    {
        _folder = folder;
        _registered = registered;
        _warn = warn;
        _skipped = new NameSet(folder.MostFiles);
    }

    /// <summary>Called with the name of each file that was added or changed; null: nobody wants to know.</summary>
    public Action<byte[]>? Changed { get; set; }

    /// <summary>What poll(2) wakes for; −1: nothing does.</summary>
    public int Descriptor => _watcher?.Descriptor ?? -1;

    /// <summary>Whether the whole folder is to be listed.</summary>
    public bool IsListingDue => _listAgain || (_watcher is null && Clock.Monotonic() >= _nextListing);

    /// <summary>Begins to watch the folder; where that is not possible, it is listed now and then.</summary>
    public void Watch()
    {
        _watcher = FolderWatcher.TryCreate(_folder, out int error);
        if (_watcher is null)
        {
            _warn("cannot watch " + _folder.Path + ": " + Errno.Describe(error) + "; it is listed again every "
                + Number((int)(UnwatchedInterval / 1_000_000_000))
                    + " s (fs.inotify.max_user_instances and max_user_watches limit watches)");
        }
    }

    /// <summary>Notes what has happened.</summary>
    public void Read()
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
                    _warn("the shared folder " + _folder.Path + " was moved, deleted or unmounted: what can still be read of it is still shared; start the node again to share what is put in its place");
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

    /// <summary>Says what is to be registered and withdrawn after what happened.</summary>
    public void Take(NameSet added, NameSet removed)
    {
        for (int place = 0; place < _changed.Capacity; place++)
        {
            if (!_changed.TryAt(place, out ReadOnlySpan<byte> name))
            {
                continue;
            }

            bool there = Look(name);
            if (there && Changed is { } changed)
            {
                changed(name.ToArray());
            }

            if (there != _registered.Contains(name))
            {
                _ = (there ? added : removed).Add(name);
            }
        }

        // There is room again for what was left out.
        _listAgain |= _changed.Refused > 0 || (_isFull && removed.Count > 0);
        _changed.Clear();
    }

    /// <summary>Says the same after a listing of the folder.</summary>
    public void List(NameSet added, NameSet removed)
    {
        _listAgain = false;
        _nextListing = Clock.Monotonic() + UnwatchedInterval;
        using NameSet names = new(_folder.MostFiles);
        using NameSet skipped = new(_folder.MostFiles);
        int error = _folder.List(names, skipped);
        if (error == 0 || error == -Errno.NoEntry)
        {
            _folderFailed = false;
        }
        else if (!_folderFailed)
        {
            _folderFailed = true;
            _warn("cannot list the shared folder " + _folder.Path + ": " + Errno.Describe(error)
                + "; its files stay registered until it can be read again");
        }

        for (int place = 0; place < skipped.Capacity; place++)
        {
            if (skipped.TryAt(place, out ReadOnlySpan<byte> name))
            {
                _ = Look(name);
            }
        }

        Difference(names, _registered, added);
        if (!_folderFailed)
        {
            // Of a folder with too many files this is not the whole list: each is looked at.
            Difference(_registered, names, removed, onlyGone: names.Refused > 0);
        }

        _isFull = names.Refused > 0 && SayFull(names.Refused);
        _listAgain = _folderFailed && _watcher is not null;
    }

    /// <summary>Whether no more can be registered when so many are to come.</summary>
    public bool IsFullWith(int more)
    {
        bool full = _registered.Count + more >= _folder.MostFiles;
        _isFull = _isFull || (full && SayFull(1));
        return full;
    }

    /// <summary>Ends the watch.</summary>
    public void Dispose()
    {
        _skipped.Dispose();
        _changed.Dispose();
        _watcher?.Close();
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private bool SayFull(int left)
    {
        if (!_isFull)
        {
            _warn("the shared folder " + _folder.Path + " has more than " + Number(_folder.MostFiles) + " files: " + Number(left)
                + " or more of them are neither registered with the ring nor listed; --max-shared-files or EPOLLSRV_MAX_SHARED_FILES allows more");
        }

        return true;
    }

    // Whether the name can be fetched; one that is there but cannot is told once.
    private bool Look(ReadOnlySpan<byte> name)
    {
        int file = _folder.Open(name, out _);
        if (file >= 0)
        {
            Native.Descriptor.Close(file);
        }

        if (file is >= 0 or -Errno.NoEntry or -Errno.IsDirectory or -Errno.NotPermitted)
        {
            _ = _skipped.Remove(name);
        }
        else if (_skipped.Add(name))
        {
            _warn("not shared: " + FileName.Describe(name) + ": " + (file == -Errno.Invalid ? "a reserved name" : Errno.Describe(file)));
        }

        return file >= 0;
    }

    private void Difference(NameSet left, NameSet right, NameSet result, bool onlyGone = false)
    {
        for (int place = 0; place < left.Capacity; place++)
        {
            if (left.TryAt(place, out ReadOnlySpan<byte> name) && !right.Contains(name) && !(onlyGone && Look(name)))
            {
                _ = result.Add(name);
            }
        }
    }
}
