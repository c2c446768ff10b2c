namespace Orchestrator.ControlPlane.Evidence;

/// <summary>Fills in what is asked about. All of it are names of ours, which need no quoting in any query language.</summary>
/// <param name="Instances">Their ids, as alternatives of a regular expression.</param>
internal sealed record QueryText(string Service, string Version, string Stage, string Instances)
{
    public string Fill(string text, Func<string, string> escape) =>
        text.Replace("{{service}}", escape(Service), StringComparison.Ordinal)
            .Replace("{{version}}", escape(Version), StringComparison.Ordinal)
            .Replace("{{stage}}", escape(Stage), StringComparison.Ordinal)
            .Replace("{{instances}}", escape(Instances), StringComparison.Ordinal);

    /// <summary>Of none, what no instance is called: an empty alternative would match them all.</summary>
    public static string AlternativesOf(IEnumerable<string> instances)
    {
        var ids = instances.Order(StringComparer.Ordinal).ToList();
        return ids.Count == 0 ? "none" : string.Join('|', ids);
    }
}
