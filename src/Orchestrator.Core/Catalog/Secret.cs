namespace Orchestrator.Core.Catalog;

/// <summary>A value that instances get and nobody reads. Here it is encrypted; only the services around it can open it.</summary>
public sealed record Secret
{
    public required SecretName Name { get; init; }

    /// <summary>Whose services may use it; null for all.</summary>
    public required TeamName? Team { get; init; }

    /// <summary>The encrypted value, as text that means nothing here.</summary>
    public required string Sealed { get; init; }

    /// <summary>Grows with every value that it is given.</summary>
    public required long Revision { get; init; }

    public required string SetBy { get; init; }

    public required DateTimeOffset SetAt { get; init; }
}

/// <summary>A secret that an instance gets, and where.</summary>
public sealed record SecretUse(SecretName Secret, SecretPlace Place)
{
    public string Line() => $"{Secret} as {Place.Line()}";
}

/// <summary>Where an instance finds a secret.</summary>
public abstract record SecretPlace
{
    private SecretPlace() { }

    /// <summary>Everything about it, as manifests say it.</summary>
    public abstract string Line();

    /// <summary>Among its environment variables.</summary>
    public sealed record Variable(string Name) : SecretPlace
    {
        public override string Line() => $"env: {Name}";
    }

    /// <summary>In a file that only its user may read, and that no disk ever holds.</summary>
    public sealed record File(string Path) : SecretPlace
    {
        public override string Line() => $"path: {Path}";
    }
}
