using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.HostAgent.Images;

namespace Orchestrator.HostAgent.Runtimes.Rkt;

/// <summary>The manifest of an App Container Image, as version 0.8.11 of appc's specification has it.</summary>
internal sealed record AciManifest
{
    [JsonPropertyOrder(-3)]
    public string AcKind => "ImageManifest";

    [JsonPropertyOrder(-2)]
    public string AcVersion => "0.8.11";

    /// <summary>See <see cref="AciNames.IsIdentifier"/>.</summary>
    [JsonPropertyOrder(-1)]
    public required string Name { get; init; }

    public required IReadOnlyList<AciPair> Labels { get; init; }

    public required AciApp App { get; init; }

    /// <summary>
    /// Of an unpacked image. It names no mount points: rkt's fly refuses an image that has one until somebody gives it a
    /// volume. Nor ports and limits, which belong to an instance.
    /// </summary>
    /// <exception cref="RuntimeFailedException">The image does not know the user or group that it names.</exception>
    public static AciManifest Of(UnpackedImage image, string name, string version)
    {
        var config = image.Config;
        var user = ImageUser.Of(image);
        return new AciManifest
        {
            Name = name,
            Labels =
            [
                new AciPair("version", version),
                new AciPair("os", "linux"),
                new AciPair("arch", ArchitectureOf(RuntimeInformation.ProcessArchitecture)),
            ],
            App = new AciApp
            {
                Exec = [.. config.Entrypoint ?? [], .. config.Cmd ?? []],
                User = Text(user.UserId),
                Group = Text(user.GroupId),
                WorkingDirectory = config.WorkingDir is { Length: > 0 } directory ? directory : "/",
                Environment = [.. (config.Env ?? []).Select(AciPair.OfVariable)],
            },
        };

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    }

    /// <exception cref="RuntimeFailedException">Something in it is not what the specification allows.</exception>
    public byte[] ToBytes()
    {
        AciNames.Check(this);
        return JsonSerializer.SerializeToUtf8Bytes(this, AciJson.Default.AciManifest);
    }

    private static string ArchitectureOf(Architecture architecture) =>
        architecture switch
        {
            Architecture.X64 => "amd64",
            Architecture.X86 => "i386",
            Architecture.Arm64 => "aarch64",
            _ => throw new RuntimeFailedException($"appc has no name for the architecture {architecture}."),
        };
}

internal sealed record AciApp
{
    public required IReadOnlyList<string> Exec { get; init; }

    /// <summary>A number as text, as it must not depend on who reads the image's list of users.</summary>
    public required string User { get; init; }

    public required string Group { get; init; }

    public required string WorkingDirectory { get; init; }

    public required IReadOnlyList<AciPair> Environment { get; init; }

    public IReadOnlyList<AciPort>? Ports { get; init; }

    public IReadOnlyList<AciMountPoint>? MountPoints { get; init; }

    /// <summary>See <see cref="AciIsolator.Of"/>.</summary>
    public IReadOnlyList<AciIsolator>? Isolators { get; init; }
}

internal sealed record AciPair(string Name, string Value)
{
    /// <param name="text"><c>NAME=VALUE</c>, or a name alone.</param>
    public static AciPair OfVariable(string text)
    {
        var cut = text.IndexOf('=', StringComparison.Ordinal);
        return cut < 0 ? new AciPair(text, "") : new AciPair(text[..cut], text[(cut + 1)..]);
    }
}

internal sealed record AciPort(string Name, string Protocol, int Port);

internal sealed record AciMountPoint(string Name, string Path, bool ReadOnly);

internal sealed record AciIsolator(string Name, AciLimit Value)
{
    private const long BytesPerMebibyte = 1024 * 1024;

    /// <summary>Those of the limits that are set; 0 is none.</summary>
    public static IReadOnlyList<AciIsolator> Of(int memoryMebibytes, int cpuMillicores)
    {
        var isolators = new List<AciIsolator>();
        if (memoryMebibytes > 0)
        {
            isolators.Add(new AciIsolator("resource/memory", new AciLimit(MemoryOf(memoryMebibytes))));
        }

        if (cpuMillicores > 0)
        {
            isolators.Add(new AciIsolator("resource/cpu", new AciLimit(CpuOf(cpuMillicores))));
        }

        return isolators;
    }

    /// <summary>In bytes: not every rkt knows the same suffixes, and M is a million.</summary>
    public static string MemoryOf(int mebibytes) =>
        (mebibytes * BytesPerMebibyte).ToString(CultureInfo.InvariantCulture);

    public static string CpuOf(int millicores) => string.Create(CultureInfo.InvariantCulture, $"{millicores}m");
}

internal sealed record AciLimit(string Limit);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(AciManifest))]
internal sealed partial class AciJson : JsonSerializerContext;
