namespace Orchestrator.ControlPlane.Auth;

/// <summary>The secrets that hosts join with. They open nothing else, and look different so that nobody mixes them up.</summary>
internal static class HostSecret
{
    private const string Prefix = "orcjoin_";

    public static string New() => Prefix + SignIns.NewSecret();

    public static bool Is(string secret) => secret.StartsWith(Prefix, StringComparison.Ordinal);
}
