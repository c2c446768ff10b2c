namespace Orchestrator.Gateway.Forwarding;

/// <summary>Splits <c>/{stage}/{service}/rest</c>.</summary>
internal static class RoutePath
{
    /// <param name="key"><c>stage/service</c></param>
    /// <param name="length">How much of the path belongs to the gateway; the rest is the service's.</param>
    public static bool TrySplit(string path, out ReadOnlySpan<char> key, out int length)
    {
        key = default;
        length = 0;
        var stageEnd = path.Length > 1 ? path.IndexOf('/', startIndex: 1) : -1;
        if (stageEnd < 0)
        {
            return false;
        }

        var serviceEnd = path.IndexOf('/', stageEnd + 1);
        length = serviceEnd < 0 ? path.Length : serviceEnd;
        key = path.AsSpan(1, length - 1);
        return stageEnd > 1 && length > stageEnd + 1;
    }
}
