using System.Text.Json.Serialization.Metadata;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Commands;

/// <summary>A kind of object that can be listed and described.</summary>
internal abstract record Kind
{
    /// <summary>Plural, as in <c>orc get services</c>.</summary>
    public required string Name { get; init; }

    public required string Singular { get; init; }

    public required IReadOnlyList<string> Aliases { get; init; }

    public required string Description { get; init; }

    /// <summary>What may stand for NAME.</summary>
    public required string NameHelp { get; init; }

    /// <summary>Filters that the list takes; each becomes an option and a query parameter.</summary>
    public IReadOnlyList<string> Filters { get; init; } = [];

    public bool HasActive { get; init; }

    public abstract Task<int> ShowAsync(
        Session session,
        string? name,
        IReadOnlyList<(string Name, string? Value)> filters,
        CancellationToken cancellationToken
    );

    public abstract Task<int> DescribeAsync(Session session, string name, CancellationToken cancellationToken);
}

/// <summary>How a name is looked up.</summary>
internal abstract record Lookup<T>
{
    private Lookup() { }

    /// <summary>The object has an address.</summary>
    public sealed record One(string Path) : Lookup<T>;

    /// <summary>The name filters the list.</summary>
    public sealed record Many(string Filter) : Lookup<T>;

    /// <summary>The object is in the list.</summary>
    public sealed record Among(string? Filter, string Value, Func<T, bool> IsMeant) : Lookup<T>;
}

internal sealed record Kind<T> : Kind
{
    public required string Path { get; init; }

    public required Func<string, Lookup<T>> Find { get; init; }

    public required Func<T, string> IdOf { get; init; }

    public required JsonTypeInfo<T> ItemType { get; init; }

    public required JsonTypeInfo<Page<T>> PageType { get; init; }

    public required Func<Page<T>, DateTimeOffset, Sheet> ToList { get; init; }

    public required Func<T, DateTimeOffset, Sheet> ToOne { get; init; }

    public override async Task<int> ShowAsync(
        Session session,
        string? name,
        IReadOnlyList<(string Name, string? Value)> filters,
        CancellationToken cancellationToken
    )
    {
        var now = session.Surroundings.Time.GetUtcNow();
        if (name is null)
        {
            Show(await ListAsync(session, filters, cancellationToken));
        }
        else if (Find(name) is Lookup<T>.Many many)
        {
            Show(await ListAsync(session, [(many.Filter, name), .. filters], cancellationToken));
        }
        else
        {
            var one = await OneAsync(session, name, cancellationToken);
            session.Output.Show(one, ItemType, item => ToList(new Page<T>([item]), now));
        }

        return ExitCode.Done;

        void Show(Page<T> page) => session.Output.Show(page, PageType, items => ToList(items, now));
    }

    public override async Task<int> DescribeAsync(Session session, string name, CancellationToken cancellationToken)
    {
        var now = session.Surroundings.Time.GetUtcNow();
        session.Output.Show(await OneAsync(session, name, cancellationToken), ItemType, item => ToOne(item, now));
        return ExitCode.Done;
    }

    private Task<Page<T>> ListAsync(
        Session session,
        IReadOnlyList<(string Name, string? Value)> filters,
        CancellationToken cancellationToken
    ) => session.Api.GetAsync(Paths.Query(Path, [.. filters]), PageType, cancellationToken);

    private async Task<T> OneAsync(Session session, string name, CancellationToken cancellationToken) =>
        Find(name) switch
        {
            Lookup<T>.One one => await session.Api.GetAsync(one.Path, ItemType, cancellationToken),
            Lookup<T>.Many many => Only(
                name,
                (await ListAsync(session, [(many.Filter, name)], cancellationToken)).Items
            ),
            Lookup<T>.Among among => Only(name, await PickAsync(session, among, cancellationToken)),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    private async Task<IReadOnlyList<T>> PickAsync(
        Session session,
        Lookup<T>.Among among,
        CancellationToken cancellationToken
    )
    {
        var page = await ListAsync(
            session,
            among.Filter is null ? [] : [(among.Filter, among.Value)],
            cancellationToken
        );
        return [.. page.Items.Where(among.IsMeant)];
    }

    private T Only(string name, IReadOnlyList<T> found) =>
        found switch
        {
            [var one] => one,
            [] => throw new CommandFailedException(
                ExitCode.Refused,
                $"There is no {Singular} '{name}'.",
                $"`orc get {Name}` lists them."
            ),
            _ => throw new CommandFailedException(
                ExitCode.Usage,
                $"'{name}' names {Format.Count(found.Count, Singular)}. Say which:",
                "",
                [.. found.Select(item => $"orc describe {Singular} {IdOf(item)}")]
            ),
        };
}
