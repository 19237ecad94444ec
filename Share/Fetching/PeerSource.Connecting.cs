using Epollsrv.Native;
using Epollsrv.Ring;

namespace Epollsrv.Share;

/// <content>Looking up, connecting.</content>
internal sealed unsafe partial class PeerSource
{
    private void Resolve(long now)
    {
        int result = _resolver.Poll(out SocketAddress address);
        if (result < 0)
        {
            Fail(NodeFailure.NoSuchHost);
        }
        else if (result > 0)
        {
            _address = address;
            Open(now, PeerStage.Greeting);
        }
    }

    private void Open(long now, PeerStage stage)
    {
        _socket = Socket.Create(_address.Family);
        if (_socket < 0)
        {
            Fail(_socket);
            return;
        }

        Socket.ResetOnClose(_socket);
        Socket.NoDelay(_socket);
        Stage = stage;
        _deadline = now + _download.Timeout;
        int result = Socket.Connect(_socket, ref _address);
        if (result != -Errno.InProgress)
        {
            Connected(now, result);
        }
    }

    private void Connected(long now, int result)
    {
        if (result < 0)
        {
            _resolver.Forget();
            Fail(result);
        }
        else if (Stage == PeerStage.Greeting)
        {
            Stage = PeerStage.Identifying;
            _deadline = now + _download.Timeout;
            WriteGreeting();
            Flush();
        }
        else
        {
            Stage = PeerStage.Open;
            AskWhatItHas(now);
        }
    }
}
