using System.Globalization;

namespace Orchestrator.Core;

/// <summary>Devices that one instance needs; which ones is decided with the host.</summary>
/// <param name="Class">Such as <c>gpu</c>; named as a countable resource is.</param>
/// <param name="Count">1 to <see cref="ResourceName.MaxDevices"/>; 1 when it is a share.</param>
/// <param name="Thousandths">Of each device: <see cref="Whole"/>, or less for a share of one device.</param>
public sealed record DeviceRequest(string Class, int Count, int Thousandths)
{
    public const int Whole = 1000;

    /// <summary>Of all devices together.</summary>
    public int TotalThousandths => Count * Thousandths;

    /// <summary>For people and to compare: <c>2 gpu</c>, or <c>500 thousandths of a gpu</c>.</summary>
    public string Line() =>
        Thousandths == Whole
            ? string.Create(CultureInfo.InvariantCulture, $"{Count} {Class}")
            : string.Create(CultureInfo.InvariantCulture, $"{Thousandths} thousandths of a {Class}");
}
