using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Trains;

/// <summary>Who boards a train, and how what boarded is sealed.</summary>
public static class Boarding
{
    /// <summary>
    /// The newest version of one of the line's services, of the line's channel and, for its own service, range, that was
    /// old enough at the cut-off, that is newer than what runs at any stage and what is on its way, and that no train has
    /// carried before: a version that was rolled back does not travel again. Null if there is none.
    /// </summary>
    public static ServiceVersion? Choose(
        Line line,
        Train train,
        IEnumerable<ServiceVersion> versions,
        SemanticVersion? current,
        IReadOnlySet<SemanticVersion> carried
    ) =>
        versions
            .Where(version =>
                version.Yanked is null
                && version.Channel == line.Boarding.Channel
                && (
                    version.Service != line.Service
                    || line.Boarding.Range is null
                    || line.Boarding.Range.Contains(version.Number)
                )
                && version.PublishedAt + line.Boarding.MinAge <= CutOff(line, train)
                && (current is null || version.Number.CompareTo(current) > 0)
                && !carried.Contains(version.Number)
            )
            .MaxBy(version => version.Number);

    public static DateTimeOffset CutOff(Line line, Train train) => train.DepartsAt - line.Boarding.CutOff;

    /// <summary>The hash is SHA-256 over the train's id and, in order, each car's service, version and content digest.</summary>
    public static Consist Seal(TrainId train, ImmutableArray<ServiceVersion> versions, DateTimeOffset now)
    {
        ImmutableArray<Car> cars =
        [
            .. versions.Select(version => new Car(version.Service, version.Number, version.ContentDigest())),
        ];
        var text = new StringBuilder().Append(train).Append('\n');
        foreach (var car in cars)
        {
            text.Append(CultureInfo.InvariantCulture, $"{car.Service} {car.Version} {car.Digest}\n");
        }

        var hash = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
        return new Consist(cars, hash, now);
    }

    public static bool IsEnded(Train train) =>
        train.Phase
            is TrainPhase.Arrived
                or TrainPhase.ArrivedPartial
                or TrainPhase.Recalled
                or TrainPhase.Cancelled
                or TrainPhase.Missed;
}
