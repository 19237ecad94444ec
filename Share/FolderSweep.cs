using System;

using Epollsrv.Native;

namespace Epollsrv.Share;

/// <summary>A walk over a shared folder that can stop at any entry and go on later. One thread at a time.</summary>
internal sealed unsafe class FolderSweep
{
    private const int BufferBytes = 8192;

    private readonly SharedFolder _folder;
    private byte* _buffer;
    private int _descriptor = -1;
    private int _position;
    private int _length;

    /// <summary>Prepares a walk; nothing is opened yet.</summary>
    public FolderSweep(SharedFolder folder) => _folder = folder;

    /// <summary>Goes to the next entry that can be a file, from the beginning after the end.</summary>
    /// <param name="name">Receives its name; 255 bytes.</param>
    /// <returns>The name's length; 0 at the end, or when the folder cannot be read further.</returns>
    public int Next(Span<byte> name)
    {
        if (_descriptor < 0)
        {
            _descriptor = _folder.OpenItself();
            _position = _length = 0;
            if (_descriptor < 0)
            {
                return 0;
            }

            if (_buffer == null)
            {
                _buffer = (byte*)System.Runtime.InteropServices.NativeMemory.Alloc(BufferBytes);
            }
        }

        while (true)
        {
            DirectoryEntries entries = new(_buffer + _position, _length - _position);
            while (entries.MoveNext())
            {
                _position = (int)(entries.Next - _buffer);
                if (entries.Kind is DirectoryEntries.RegularFile or DirectoryEntries.Link or DirectoryEntries.Unknown
                    && entries.NameBytes.Length <= FileName.Maximum)
                {
                    entries.NameBytes.CopyTo(name);
                    return entries.NameBytes.Length;
                }
            }

            _position = 0;
            _length = (int)Files.ReadDirectory(_descriptor, _buffer, BufferBytes);
            if (_length <= 0)
            {
                Descriptor.Close(_descriptor);
                _descriptor = -1;
                return 0;
            }
        }
    }
}
