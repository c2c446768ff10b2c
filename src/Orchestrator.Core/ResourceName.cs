using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Orchestrator.Core;

/// <summary>
/// What is counted on a host beside CPU, memory and disk: something that a pool or an agent names, such as
/// <c>licence.oracle</c>; a host port, <c>port/8080</c>; host ports whichever they are, <c>port/any</c>; or one device in
/// thousandths, <c>device/gpu/0</c>.
/// </summary>
public sealed record ResourceName : Identifier
{
    /// <summary>Of one class on one host.</summary>
    public const int MaxDevices = 16;

    private const int MaxPort = 65_535;
    private const string PortPrefix = "port/";
    private const string DevicePrefix = "device/";

    /// <summary>Ports that the agent picks itself.</summary>
    public static readonly ResourceName DynamicPorts = new(
        PortPrefix + "any",
        ResourceKind.DynamicPorts,
        group: "",
        number: 0
    );

    private ResourceName(string value, ResourceKind kind, string group, int number)
        : base(value) => (Kind, Class, Number) = (kind, group, number);

    public ResourceKind Kind { get; }

    /// <summary>Of a device, such as <c>gpu</c>; empty for everything else.</summary>
    public string Class { get; }

    /// <summary>The port, 1 to 65535, or the index of the device, from 0; 0 for everything else.</summary>
    public int Number { get; }

    /// <summary>What every host has of it beyond what is said: each port, once.</summary>
    public int Implied => Kind == ResourceKind.Port ? 1 : 0;

    /// <param name="port">1 to 65535.</param>
    public static ResourceName Port(int port) =>
        new(Numbered(PortPrefix, port), ResourceKind.Port, group: "", number: port);

    /// <param name="index">From 0, below <see cref="MaxDevices"/>.</param>
    public static ResourceName Device(string deviceClass, int index) =>
        new(Numbered($"{DevicePrefix}{deviceClass}/", index), ResourceKind.Device, deviceClass, index);

    /// <summary>Lower-case letters, digits, hyphens and dots, beginning with a letter, ending in a letter or digit, at most 63.</summary>
    public static bool IsPlainName([NotNullWhen(true)] string? text) =>
        text is { Length: > 0 and <= MaxNameLength }
        && char.IsAsciiLetterLower(text[0])
        && char.IsAsciiLetterOrDigit(text[^1])
        && text.All(character =>
            char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character is '-' or '.'
        );

    public static bool TryParse(string? text, [NotNullWhen(true)] out ResourceName? name)
    {
        name = text switch
        {
            _ when IsPlainName(text) => new ResourceName(text, ResourceKind.Countable, group: "", number: 0),
            _ when text == DynamicPorts.Value => DynamicPorts,
            not null when text.StartsWith(PortPrefix, StringComparison.Ordinal) => ParsePort(text),
            not null when text.StartsWith(DevicePrefix, StringComparison.Ordinal) => ParseDevice(text),
            _ => null,
        };
        return name is not null;
    }

    public static ResourceName Parse(string text) =>
        TryParse(text, out var name) ? name : throw new FormatException($"'{text}' is not the name of a resource.");

    private static ResourceName? ParsePort(string text) =>
        TryNumber(text[PortPrefix.Length..], out var port) && port is > 0 and <= MaxPort ? Port(port) : null;

    private static ResourceName? ParseDevice(string text)
    {
        var slash = text.LastIndexOf('/');
        return
            slash > DevicePrefix.Length
            && text[DevicePrefix.Length..slash] is var group
            && IsPlainName(group)
            && TryNumber(text[(slash + 1)..], out var index)
            && index < MaxDevices
            ? Device(group, index)
            : null;
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
        && (text.Length == 1 || text[0] != '0');

    private static string Numbered(string prefix, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{prefix}{number}");
}

public enum ResourceKind
{
    /// <summary>Something that a pool or an agent names.</summary>
    Countable,

    /// <summary>Host ports whichever they are.</summary>
    DynamicPorts,

    /// <summary>One host port.</summary>
    Port,

    /// <summary>One device, in thousandths.</summary>
    Device,
}
