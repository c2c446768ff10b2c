namespace Orchestrator.HostAgent.Images;

/// <summary>Which images are unpacked here, the newest used first. The order outlives the agent in the files' times.</summary>
/// <param name="directory">One file each, named by the digest of the image's manifest.</param>
internal sealed class HeldImages(string directory)
{
    private const string Suffix = ".json";

    /// <summary>A preference of the control plane, so the 200 last used do, and the first digits of a digest.</summary>
    private const int MaxReported = 200;
    private const int DigitsReported = 12;

    private readonly Lock _lock = new();

    /// <summary>The newest used is the last.</summary>
    private readonly List<string> _byUse =
    [
        .. new DirectoryInfo(directory)
            .EnumerateFiles("*" + Suffix)
            .OrderBy(file => file.LastWriteTimeUtc)
            .ThenBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => Path.GetFileNameWithoutExtension(file.Name)),
    ];

    public string PathOf(Sha256Digest manifest) => Path.Combine(directory, manifest.Hex + Suffix);

    public void Use(Sha256Digest manifest)
    {
        File.SetLastWriteTimeUtc(PathOf(manifest), TimeProvider.System.GetUtcNow().UtcDateTime);
        lock (_lock)
        {
            _byUse.Remove(manifest.Hex);
            _byUse.Add(manifest.Hex);
        }
    }

    /// <summary>As reports say it.</summary>
    public IReadOnlyList<string> Newest()
    {
        lock (_lock)
        {
            return
            [
                .. _byUse
                    .AsEnumerable()
                    .Reverse()
                    .Select(hex => hex[..Math.Min(DigitsReported, hex.Length)])
                    .Distinct(StringComparer.Ordinal)
                    .Take(MaxReported),
            ];
        }
    }
}
