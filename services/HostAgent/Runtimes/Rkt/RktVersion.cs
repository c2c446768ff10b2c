namespace Orchestrator.HostAgent.Runtimes.Rkt;

internal static class RktVersion
{
    private const string Begin = "rkt Version:";

    /// <param name="text">The output of <c>rkt version</c>.</param>
    /// <exception cref="RuntimeFailedException">It is not rkt that says this.</exception>
    public static string Of(string text) =>
        text.Split('\n', StringSplitOptions.TrimEntries)
            .Where(line => line.StartsWith(Begin, StringComparison.OrdinalIgnoreCase))
            .Select(line => line[Begin.Length..].Trim())
            .FirstOrDefault(version => version.Length > 0)
        ?? throw new RuntimeFailedException(
            "What Agent:RktPath names does not tell a version of rkt; see that it is rkt."
        );
}
