using System.Net.Sockets;
using System.Text;

namespace Orchestrator.EndToEnd.Support;

/// <summary>The end that systemd has of a service of type notify.</summary>
internal sealed class NotifySocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public NotifySocket(string path)
    {
        Path = path;
        _socket.Bind(new UnixDomainSocketEndPoint(path));
    }

    public string Path { get; }

    /// <summary>What the service says first.</summary>
    public async Task<string> ReceiveAsync(TimeSpan deadline)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(deadline);
        var buffer = new byte[4_096];
        var count = await _socket.ReceiveAsync(buffer, SocketFlags.None, late.Token);
        return Encoding.UTF8.GetString(buffer, 0, count);
    }

    public void Dispose() => _socket.Dispose();
}
