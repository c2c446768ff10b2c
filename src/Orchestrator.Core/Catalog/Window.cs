using System.Collections.Immutable;

namespace Orchestrator.Core.Catalog;

/// <summary>
/// When trains may depart and rollouts may begin, or may not. Where a denying and an allowing window overlap, the denying one
/// wins; where there are allowing windows, one of them must be open.
/// </summary>
public sealed record Window
{
    public required WindowName Name { get; init; }

    public required WindowEffect Effect { get; init; }

    /// <summary>Empty for all.</summary>
    public required ImmutableArray<ServiceName> Services { get; init; }

    /// <summary>Empty for all.</summary>
    public required ImmutableArray<StageName> Stages { get; init; }

    /// <summary>IANA, such as <c>Europe/Berlin</c>: what <see cref="Recurring"/> and <see cref="Dated"/> are read in.</summary>
    public required string Zone { get; init; }

    public required ImmutableArray<RecurringPeriod> Recurring { get; init; }

    public required ImmutableArray<DatedPeriod> Dated { get; init; }

    public required WindowClosing OnClose { get; init; }

    /// <summary>For people; may be empty.</summary>
    public required string Reason { get; init; }

    /// <summary>Who stopped the line; null for a window of a manifest.</summary>
    public string? HaltedBy { get; init; }

    /// <summary>
    /// The periods that follow from the above, ascending and apart from each other, told by who knows zones; complete from the
    /// moment it was told until <see cref="KnownUntil"/>.
    /// </summary>
    public ImmutableArray<Period> Periods { get; init; } = [];

    /// <summary>Past it nobody knows whether it is open, and so nothing begins.</summary>
    public DateTimeOffset KnownUntil { get; init; } = DateTimeOffset.MinValue;

    public bool Concerns(ServiceName service, StageName stage) =>
        (Services.IsEmpty || Services.Contains(service)) && (Stages.IsEmpty || Stages.Contains(stage));
}

public enum WindowEffect
{
    Allow,
    Deny,
}

/// <summary>What becomes of a rollout inside its stage when a window closes. What goes back always goes on.</summary>
public enum WindowClosing
{
    /// <summary>It finishes.</summary>
    Finish,

    /// <summary>
    /// A canary is taken out again and starts anew when the window opens; what is being promoted finishes. So nothing stands
    /// half-way while it is closed.
    /// </summary>
    Hold,

    /// <summary>Everything stays as it is, and goes on from there: for a person who stops the line and looks.</summary>
    Halt,
}

/// <param name="Cron">When it begins, in Quartz's syntax.</param>
/// <param name="Lasts">More than zero.</param>
public sealed record RecurringPeriod(string Cron, TimeSpan Lasts);

/// <summary>Times of the clock on the wall; <paramref name="Until"/> is later and not in it.</summary>
public sealed record DatedPeriod(DateTime From, DateTime Until);

/// <param name="Until">Not in it.</param>
public readonly record struct Period(DateTimeOffset From, DateTimeOffset Until)
{
    public bool Contains(DateTimeOffset moment) => From <= moment && moment < Until;
}
