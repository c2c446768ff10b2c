using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Orchestrator.Core;

/// <summary><c>service.stage.number</c>: one placed copy. A number is never used again within its service and stage.</summary>
public sealed record InstanceId : IComparable<InstanceId>
{
    private InstanceId(ServiceName service, StageName stage, long number) =>
        (Service, Stage, Number) = (service, stage, number);

    public ServiceName Service { get; }

    public StageName Stage { get; }

    /// <summary>From 1, in the order of placement.</summary>
    public long Number { get; }

    public string Value => string.Create(CultureInfo.InvariantCulture, $"{Service}.{Stage}.{Number}");

    public static InstanceId Of(ServiceName service, StageName stage, long number) => new(service, stage, number);

    public static bool TryParse(string? text, [NotNullWhen(true)] out InstanceId? id)
    {
        var parts = text?.Split('.') ?? [];
        id =
            parts.Length == 3
            && ServiceName.TryParse(parts[0], out var service)
            && StageName.TryParse(parts[1], out var stage)
            && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? Of(service, stage, number)
                : null;
        return id is not null;
    }

    /// <exception cref="FormatException">The text is not an instance id.</exception>
    public static InstanceId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException($"'{text}' is not service.stage.number.");

    /// <summary>By service, stage and number, so that copies sort in the order in which they were placed.</summary>
    public int CompareTo(InstanceId? other)
    {
        if (other is null)
        {
            return 1;
        }

        var order = ReferenceEquals(Service, other.Service) ? 0 : Service.CompareTo(other.Service);
        order = order != 0 || ReferenceEquals(Stage, other.Stage) ? order : Stage.CompareTo(other.Stage);
        return order != 0 ? order : Number.CompareTo(other.Number);
    }

    public override string ToString() => Value;
}
