using System.Text.RegularExpressions;

namespace Orchestrator.HostAgent.Runtimes.Rkt;

/// <summary>What appc lets things be called (types.md of its specification).</summary>
internal static partial class AciNames
{
    private const int LastPort = 65_535;

    /// <summary>Names of images, labels and isolators.</summary>
    public static bool IsIdentifier(string text) => Identifier().IsMatch(text);

    /// <summary>Names of apps, ports and mount points.</summary>
    public static bool IsName(string text) => Name().IsMatch(text);

    public static bool IsVariable(string text) => Variable().IsMatch(text);

    /// <exception cref="RuntimeFailedException">Something in it has another name or form than the specification allows.</exception>
    public static void Check(AciManifest manifest)
    {
        Require(IsIdentifier(manifest.Name), $"an image cannot be called '{manifest.Name}'");
        foreach (var label in manifest.Labels)
        {
            // "name" would be the image's own.
            Require(IsIdentifier(label.Name) && label.Name != "name", $"a label cannot be called '{label.Name}'");
        }

        RequireUnique(manifest.Labels.Select(label => label.Name), "label");
        Check(manifest.App);
    }

    private static void Check(AciApp app)
    {
        Require(app.User.Length > 0 && app.Group.Length > 0, "an app needs a user and a group");
        Require(app.WorkingDirectory.StartsWith('/'), $"the directory '{app.WorkingDirectory}' is not absolute");
        foreach (var variable in app.Environment)
        {
            Require(IsVariable(variable.Name), $"a variable cannot be called '{variable.Name}'");
        }

        RequireUnique(app.Environment.Select(variable => variable.Name), "variable");
        foreach (var port in app.Ports ?? [])
        {
            Require(IsName(port.Name), $"a port cannot be called '{port.Name}'");
            Require(port.Port is > 0 and <= LastPort, $"'{port.Name}' has a port that is none");
        }

        foreach (var mountPoint in app.MountPoints ?? [])
        {
            Require(IsName(mountPoint.Name), $"a mount point cannot be called '{mountPoint.Name}'");
            Require(mountPoint.Path.StartsWith('/'), $"the mount point '{mountPoint.Path}' is not absolute");
        }
    }

    private static void RequireUnique(IEnumerable<string> names, string kind)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            Require(seen.Add(name), $"the {kind} '{name}' is there twice");
        }
    }

    private static void Require(bool isSo, string problem)
    {
        if (!isSo)
        {
            throw new RuntimeFailedException($"The image cannot be given to rkt: {problem}.");
        }
    }

    [GeneratedRegex(
        @"\A[a-z0-9]+([-._~/][a-z0-9]+)*\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Identifier();

    [GeneratedRegex(
        @"\A[a-z0-9]+(-[a-z0-9]+)*\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Name();

    [GeneratedRegex(
        @"\A[A-Za-z_][A-Za-z0-9_.-]*\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Variable();
}
