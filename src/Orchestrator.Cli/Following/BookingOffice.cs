using System.Globalization;
using Orchestrator.Cli.Api;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Following;

/// <summary>Knows the trains of a line, as far as one version is concerned.</summary>
internal sealed class BookingOffice
{
    private readonly ApiClient _api;
    private readonly Pace _pace;
    private readonly PublishResult _published;
    private readonly string _line;

    /// <summary>Number of the first train that the version is in time for.</summary>
    private readonly long _firstInTime;

    private string? _carriedBy;

    private BookingOffice(ApiClient api, Pace pace, PublishResult published, string line, long firstInTime) =>
        (_api, _pace, _published, _line, _firstInTime) = (api, pace, published, line, firstInTime);

    public static async Task<BookingOffice> OpenAsync(
        ApiClient api,
        Pace pace,
        PublishResult published,
        string channel,
        CancellationToken cancellationToken
    )
    {
        var line = await ReadLineAsync(api, pace, published, channel, cancellationToken);
        if (line.Channel != channel)
        {
            throw new CommandFailedException(
                ExitCode.Failed,
                $"{published.Service} {published.Version} is published in the channel {channel}, but the line {line.Name} takes only {line.Channel}: no train will carry it.",
                $"`orc describe line {line.Name}` shows what the line takes."
            );
        }

        var trains = await ReadTrainsAsync(api, pace, line.Name, cancellationToken);
        // Without a train in the answer, the cut-off of the one that boards now is past.
        var firstInTime =
            published.Train.Length > 0
                ? NumberOf(published.Train)
                : trains.Select(train => NumberOf(train.Id)).DefaultIfEmpty().Max() + 1;
        return new BookingOffice(api, pace, published, line.Name, firstInTime);
    }

    public async Task<Booking> ReadAsync(CancellationToken cancellationToken)
    {
        if (_carriedBy is { } id && await ReadTrainAsync(id, cancellationToken) is var known && Carries(known))
        {
            return new Booking.Aboard(known);
        }

        var trains = await ReadTrainsAsync(_api, _pace, _line, cancellationToken);
        if (trains.Where(Carries).MaxBy(train => NumberOf(train.Id)) is { } carrier)
        {
            _carriedBy = carrier.Id;
            return new Booking.Aboard(carrier);
        }

        foreach (var train in trains.Where(IsInTimeFor).OrderBy(train => NumberOf(train.Id)))
        {
            if (IsBoarding(train))
            {
                return new Booking.WaitsFor(train);
            }

            if (
                train.Consist.FirstOrDefault(car => car.Service == _published.Service) is { } other
                && IsTravelling(train)
            )
            {
                return new Booking.Overtaken(train, other.Version);
            }
        }

        return new Booking.WaitsForNext();
    }

    /// <summary>Of those that the service travels on, one that takes the channel if there is any.</summary>
    private static async Task<LineView> ReadLineAsync(
        ApiClient api,
        Pace pace,
        PublishResult published,
        string channel,
        CancellationToken cancellationToken
    )
    {
        var path = Paths.Query(Paths.Lines, ("service", published.Service));
        var page = await pace.ReadAsync(
            token => api.GetAsync(path, CliJson.Default.PageLineView, token),
            cancellationToken
        );
        var boarded = published.Train.Split('/')[0];
        return page.Items.OrderByDescending(line => line.Name == boarded)
                .ThenByDescending(line => line.Channel == channel)
                .FirstOrDefault()
            ?? throw new CommandFailedException(
                ExitCode.Failed,
                $"{published.Service} {published.Version} is published, but {published.Service} has no line: no train will carry it.",
                "Write a Line for the service and `orc apply` it."
            );
    }

    private static async Task<IReadOnlyList<TrainView>> ReadTrainsAsync(
        ApiClient api,
        Pace pace,
        string line,
        CancellationToken cancellationToken
    )
    {
        var path = Paths.Query(Paths.Trains, ("line", line));
        var page = await pace.ReadAsync(
            token => api.GetAsync(path, CliJson.Default.PageTrainView, token),
            cancellationToken
        );
        return page.Items;
    }

    private Task<TrainView> ReadTrainAsync(string id, CancellationToken cancellationToken) =>
        _pace.ReadAsync(token => _api.GetAsync(Paths.Train(id), CliJson.Default.TrainView, token), cancellationToken);

    private bool Carries(TrainView train) =>
        IsTravelling(train)
        && train.Consist.Any(car => car.Service == _published.Service && car.Version == _published.Version);

    private bool IsInTimeFor(TrainView train) => NumberOf(train.Id) >= _firstInTime;

    /// <summary>What was aboard of a train that never left takes the next one.</summary>
    private static bool IsTravelling(TrainView train) => train.Phase is not ("Cancelled" or "Missed");

    private static bool IsBoarding(TrainView train) => train.Phase is "Scheduled" or "Boarding";

    private static long NumberOf(string id) =>
        long.TryParse(id.Split('/')[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
