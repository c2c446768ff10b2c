using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Orchestrator.HostAgent.Runtimes.Garden;

/// <summary>Where Garden listens: <c>unix:///path/of/socket</c> or <c>http://host:port</c>.</summary>
internal sealed record GardenAddress
{
    /// <summary>What the kernel has room for, less the NUL at the end.</summary>
    private const int MaxSocketPathBytes = 107;

    /// <summary>A host that vanishes without a word is noticed within a minute or two, not after hours.</summary>
    private const int KeepAliveSeconds = 30;

    private readonly EndPoint _endPoint;

    private GardenAddress(string text, EndPoint endPoint, Uri baseAddress) =>
        (Text, _endPoint, BaseAddress) = (text, endPoint, baseAddress);

    public string Text { get; }

    /// <summary>What the addresses of requests begin with.</summary>
    public Uri BaseAddress { get; }

    public static bool TryParse(string text, [NotNullWhen(true)] out GardenAddress? address)
    {
        address = Uri.TryCreate(text, UriKind.Absolute, out var uri) ? Of(text, uri) : null;
        return address is not null;
    }

    public async Task<NetworkStream> ConnectAsync(CancellationToken cancellationToken)
    {
        var isLocal = _endPoint is UnixDomainSocketEndPoint;
        var socket = isLocal
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (!isLocal)
            {
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, optionValue: true);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
            }

            await socket.ConnectAsync(_endPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static GardenAddress? Of(string text, Uri uri) =>
        uri switch
        {
            { Query.Length: > 0 } or { Fragment.Length: > 0 } or { UserInfo.Length: > 0 } => null,
            { Scheme: "unix", Host: "", LocalPath: ['/', _, ..] path }
                when Encoding.UTF8.GetByteCount(path) <= MaxSocketPathBytes => new GardenAddress(
                text,
                new UnixDomainSocketEndPoint(path),
                new UriBuilder(Uri.UriSchemeHttp, "garden").Uri
            ),
            { Scheme: "http", AbsolutePath: "/", Host.Length: > 0 } => new GardenAddress(
                text,
                new DnsEndPoint(uri.DnsSafeHost, uri.Port),
                uri
            ),
            _ => null,
        };
}
