using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Core.Catalog;

/// <summary>A small file that an instance finds at an absolute path and may not write to.</summary>
/// <param name="Mode">Its permissions, such as 0644.</param>
public sealed record ContainerFile(string Path, string Content, int Mode)
{
    /// <summary>By the hash of its content, which may have many lines.</summary>
    public string Line()
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Content)));
        return $"{Path} {Permissions.Text(Mode)} sha256:{hash}";
    }
}

/// <summary>A directory that is not of the image, at an absolute path of an instance.</summary>
public sealed record VolumeMount(string Path, VolumeSource Source, bool IsReadOnly)
{
    public string Line() => $"{Path} {Source.Line()}{(IsReadOnly ? " read-only" : "")}";
}

/// <summary>What is to be found at a mount.</summary>
public abstract record VolumeSource
{
    private VolumeSource() { }

    /// <summary>Everything about it, as manifests say it.</summary>
    public abstract string Line();

    /// <summary>A directory that the host keeps for the service at the stage, however its instances come and go.</summary>
    public sealed record Named(string Name) : VolumeSource
    {
        public override string Line() => $"name: {Name}";
    }

    /// <summary>What the host itself has there, if its agent allows it.</summary>
    public sealed record OfHost(string HostPath) : VolumeSource
    {
        public override string Line() => $"hostPath: {HostPath}";
    }

    /// <summary>In memory, and gone with the instance.</summary>
    public sealed record Temporary(int Mebibytes) : VolumeSource
    {
        public override string Line() => string.Create(CultureInfo.InvariantCulture, $"tmpfs: {Mebibytes}Mi");
    }
}

internal static class Permissions
{
    private const int Digits = 4;

    public static string Text(int mode) => Convert.ToString(mode, toBase: 8).PadLeft(Digits, '0');
}
