using System.Collections.Immutable;

namespace Orchestrator.ControlPlane.Pages;

/// <summary>The inside of one section of the status page.</summary>
/// <param name="Section">The id of its element, and the name of its event.</param>
public sealed record Fragment(string Section, string Html);

/// <summary>The page's changing part, rendered once for everybody.</summary>
/// <param name="Version">Of the view that it shows.</param>
/// <param name="At">When that was true.</param>
internal sealed record RenderedStatus(long Version, DateTimeOffset At, ImmutableArray<Fragment> Fragments);
