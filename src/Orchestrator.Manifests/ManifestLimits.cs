namespace Orchestrator.Manifests;

/// <summary>How much a reader takes, so that no input costs more than a fraction of a second and a few tens of megabytes.</summary>
public static class ManifestLimits
{
    /// <summary>Of UTF-8. The largest honest file, a hundred services, has about 200 KiB.</summary>
    public const int MaxFileBytes = 1024 * 1024;

    /// <summary>Over all files; eight full ones.</summary>
    public const int MaxTotalBytes = 8 * MaxFileBytes;

    /// <summary>A document per file, at most as many files as documents.</summary>
    public const int MaxFiles = MaxDocuments;

    /// <summary>Over all files: three hundred services with version and line.</summary>
    public const int MaxDocuments = 1000;

    /// <summary>Lists and maps in each other. The deepest manifest has 8.</summary>
    public const int MaxDepth = 64;

    /// <summary>Keys and values of a file, those of all its documents together.</summary>
    public const int MaxNodes = 50_000;

    /// <summary>Over all files; four full ones.</summary>
    public const int MaxTotalNodes = 4 * MaxNodes;

    /// <summary>The longest field has 19 characters, the longest name of a variable or label 128.</summary>
    public const int MaxKeyLength = 256;

    /// <summary>Files and volumes of an instance; agents make no more either.</summary>
    public const int MaxMounts = 64;

    /// <summary>Of all files of an instance, for every instance carries them over the bus.</summary>
    public const int MaxFilesBytes = 64 * 1024;

    /// <summary>More do not fit on anybody's screen.</summary>
    public const int MaxErrors = 100;
}
