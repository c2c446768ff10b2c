using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Orchestrator.HostAgent.Runtimes;

namespace Orchestrator.HostAgent.Instances;

/// <summary>
/// Hands out host ports, each to one instance at a time, after trying that nobody else on the machine listens on it.
/// Thread-safe.
/// </summary>
internal sealed class PortAllocator(int first, int last)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _taken = new(StringComparer.Ordinal);

    /// <summary>
    /// Anywhere: another fleet of this machine may look through the same ports, and both would find the first one free
    /// before either's instance listens on it.
    /// </summary>
    private int _offset = RandomNumberGenerator.GetInt32(last - first + 1);

    /// <summary>An instance that was taken over keeps its port.</summary>
    public void Adopt(string instanceId, int port)
    {
        lock (_lock)
        {
            _taken[instanceId] = port;
        }
    }

    /// <param name="mayKeep">Give it the port it had before, if that is free.</param>
    /// <exception cref="RuntimeFailedException">None is free.</exception>
    public int Take(string instanceId, bool mayKeep)
    {
        lock (_lock)
        {
            if (_taken.TryGetValue(instanceId, out var before) && mayKeep && IsFree(before))
            {
                return before;
            }

            // The port it had stays taken while we search, so that it does not get the same again.
            var taken = _taken.Values.ToHashSet();
            for (var tried = 0; tried <= last - first; tried++)
            {
                var port = first + _offset;
                _offset = port == last ? 0 : _offset + 1;
                if (!taken.Contains(port) && IsFree(port))
                {
                    _taken[instanceId] = port;
                    return port;
                }
            }
        }

        throw new RuntimeFailedException($"No port from {first} to {last} is free.");
    }

    public void Release(string instanceId)
    {
        lock (_lock)
        {
            _taken.Remove(instanceId);
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Any, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
