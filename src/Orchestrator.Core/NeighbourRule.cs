using System.Globalization;

namespace Orchestrator.Core;

/// <summary>Where instances of a service are, is where others must, must not, rather or rather not be.</summary>
/// <param name="Stage">Null is the stage of the instance that is placed.</param>
/// <param name="Label">Hosts with the same value of it are one place, such as a rack; <see cref="OnHost"/> is each host for itself.</param>
/// <param name="Weight">1 to 100: how much it counts against the other rules of the request. Null is required: a host that
/// breaks it is refused.</param>
public sealed record NeighbourRule(ServiceName Service, StageName? Stage, string Label, int? Weight)
{
    /// <summary>In place of a label.</summary>
    public const string OnHost = "host";

    public bool IsRequired => Weight is null;

    internal string Line(string verb)
    {
        var force = Weight is { } weight ? weight.ToString(CultureInfo.InvariantCulture) : "required";
        return $"{verb} {Service}{(Stage is null ? "" : $".{Stage}")} by {Label}: {force}";
    }
}
