using System;

namespace Epollsrv.Share;

/// <content>Where heads and bodies are put.</content>
internal sealed unsafe partial class PeerSource
{
    // A body of a piece needs a buffer before its first byte is read.
    private bool TakeBuffer()
    {
        if (_needsBuffer)
        {
            _buffer = _download.Buffers.Take();
            if (_buffer < 0)
            {
                return false;
            }

            _needsBuffer = false;
            _body = _download.Buffers[_buffer];
        }

        return true;
    }

    private void DropBody()
    {
        if (_buffer >= 0)
        {
            _download.Buffers.Return(_buffer);
            _buffer = -1;
        }

        _needsBuffer = false;
        _body = null;
        _bodyLeft = 0;
        _bodyDone = 0;
    }

    private void Expect(long length, byte* target, bool needsBuffer)
    {
        _bodyLeft = length;
        _bodyDone = 0;
        _body = target;
        _needsBuffer = needsBuffer;
    }

    private bool MakeRoom()
    {
        if (_inputStart == _inputUsed)
        {
            _inputStart = 0;
            _inputUsed = 0;
        }

        if (_inputUsed < _input.Length)
        {
            return true;
        }

        if (_inputStart > 0)
        {
            _input.AsSpan(_inputStart, _inputUsed - _inputStart).CopyTo(_input);
            _inputUsed -= _inputStart;
            _inputStart = 0;
            return true;
        }

        if (_input.Length >= LongestHead)
        {
            return false;
        }

        byte[] larger = GC.AllocateUninitializedArray<byte>(2 * _input.Length, pinned: true);
        _input.CopyTo(larger, 0);
        _input = larger;
        return true;
    }
}
