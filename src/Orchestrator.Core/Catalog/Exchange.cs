namespace Orchestrator.Core.Catalog;

/// <summary>How the new version takes the place of the old one once its canary steps, where there are any, have passed.</summary>
public abstract record Exchange
{
    private Exchange() { }

    /// <summary>Instance by instance, within surge and unavailability.</summary>
    public sealed record Rolling : Exchange;

    /// <summary>
    /// Nothing of one version starts before the last instance of the other is gone, there and back: for what cannot run
    /// twice. No surge, and all of the count may be unavailable.
    /// </summary>
    public sealed record Recreate : Exchange;
}
