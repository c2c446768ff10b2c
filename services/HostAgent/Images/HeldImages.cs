namespace Orchestrator.HostAgent.Images;

/// <summary>
/// Which images are here, the newest used first. The order, and when each was last used, outlive the agent in the files' times.
/// </summary>
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
        .. Directory
            .CreateDirectory(directory)
            .EnumerateFiles("*" + Suffix)
            .OrderBy(file => file.LastWriteTimeUtc)
            .ThenBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => Path.GetFileNameWithoutExtension(file.Name))
            .Where(name => Sha256Digest.IsHex(name)), // What somebody else has put there is none of ours.
    ];

    public string PathOf(Sha256Digest manifest) => Path.Combine(directory, manifest.Hex + Suffix);

    /// <summary>For a runtime whose daemon keeps images: all that is here of one is that it is there.</summary>
    public void Note(Sha256Digest manifest)
    {
        if (!File.Exists(PathOf(manifest)))
        {
            File.WriteAllBytes(PathOf(manifest), []);
        }

        Use(manifest);
    }

    public void Use(Sha256Digest manifest)
    {
        File.SetLastWriteTimeUtc(PathOf(manifest), TimeProvider.System.GetUtcNow().UtcDateTime);
        lock (_lock)
        {
            _byUse.Remove(manifest.Hex);
            _byUse.Add(manifest.Hex);
        }
    }

    /// <summary>From now on it is not here, whatever becomes of its files.</summary>
    public void Forget(Sha256Digest manifest)
    {
        File.Delete(PathOf(manifest));
        lock (_lock)
        {
            _byUse.Remove(manifest.Hex);
        }
    }

    /// <summary>The longest unused first.</summary>
    public IReadOnlyList<HeldImage> All()
    {
        lock (_lock)
        {
            return
            [
                .. _byUse
                    .Select(hex => Sha256Digest.Parse($"sha256:{hex}"))
                    .Select(digest => new HeldImage(
                        digest,
                        new DateTimeOffset(File.GetLastWriteTimeUtc(PathOf(digest)))
                    ))
                    .OrderBy(image => image.LastUsed),
            ];
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

/// <param name="LastUsed">When it was fetched, started from or seen in use, in UTC.</param>
internal sealed record HeldImage(Sha256Digest Digest, DateTimeOffset LastUsed);
