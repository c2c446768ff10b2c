using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Following;

/// <summary>Which train a version is on, or waits for.</summary>
internal abstract record Booking
{
    private Booking() { }

    public sealed record Aboard(TrainView Train) : Booking;

    /// <summary>It boards when the train is sealed.</summary>
    public sealed record WaitsFor(TrainView Train) : Booking;

    /// <summary>The line has no train that still boards.</summary>
    public sealed record WaitsForNext : Booking;

    /// <summary>A train took another version although this one was there: a line takes its highest.</summary>
    public sealed record Overtaken(TrainView Train, string By) : Booking;
}
