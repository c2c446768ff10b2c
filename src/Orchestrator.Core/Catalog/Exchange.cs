namespace Orchestrator.Core.Catalog;

/// <summary>How the new version takes the place of the old one once its canary steps, where there are any, have passed.</summary>
public abstract record Exchange
{
    private Exchange() { }

    /// <summary>The same without waves and without time to look at the new version first: for a way back.</summary>
    public virtual Exchange Straight() => this;

    /// <summary>The domains it goes through one after the other; null where it goes by none.</summary>
    public virtual DomainWaves? ByDomain() => null;

    /// <summary>Instance by instance, within surge and unavailability.</summary>
    public sealed record Rolling : Exchange
    {
        /// <summary>By share of the instances, wherever they are; null for <see cref="Domains"/>.</summary>
        public Waves? Waves { get; init; }

        /// <summary>How it goes where <see cref="Waves"/> says nothing.</summary>
        public DomainWaves Domains { get; init; } = DomainWaves.Zones;

        /// <summary>All that is to go back, wherever it is.</summary>
        public override Exchange Straight() => new Rolling { Waves = Waves.AllAtOnce };

        public override DomainWaves? ByDomain() => Waves is null ? Domains : null;
    }

    /// <summary>
    /// Nothing of one version starts before the last instance of the other is gone, there and back: for what cannot run
    /// twice. No surge, and all of the count may be unavailable.
    /// </summary>
    public sealed record Recreate : Exchange;

    /// <summary>
    /// A whole new set beside the old one, without traffic; then all of the traffic at once. The surge is the count.
    /// </summary>
    /// <param name="Bake">How long the whole new set is up before it gets the traffic; not negative.</param>
    /// <param name="KeepOld">How long the old set stays up after that, to go back to at once; not negative.</param>
    public sealed record BlueGreen(TimeSpan Bake, TimeSpan KeepOld) : Exchange
    {
        public override Exchange Straight() => this with { Bake = TimeSpan.Zero };
    }
}
