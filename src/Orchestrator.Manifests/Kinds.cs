using FluentValidation;
using Orchestrator.Manifests.Drafts;
using Orchestrator.Manifests.Formats;
using Orchestrator.Manifests.Rules;
using Orchestrator.Manifests.Schemas;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests;

/// <summary>The kinds of manifests: what each is checked by and made into.</summary>
internal static class Kinds
{
    private static readonly SortedDictionary<string, Kind> All = new(StringComparer.Ordinal)
    {
        ["Line"] = new(KindSchema.Load("line.json"), Read: LineDraft.Read, Check: CheckWith(new LineRules())),
        ["Pool"] = new(KindSchema.Load("pool.json"), Read: PoolDraft.Read, Check: NoRules),
        ["Service"] = new(
            KindSchema.Load("service.json"),
            Read: ServiceDraft.Read,
            Check: CheckWith(new ServiceRules())
        ),
        ["Team"] = new(KindSchema.Load("team.json"), Read: TeamDraft.Read, Check: NoRules),
        ["Window"] = new(KindSchema.Load("window.json"), Read: WindowDraft.Read, Check: CheckWith(new WindowRules())),
        ["Version"] = new(KindSchema.Load("version.json"), Read: VersionDraft.Read, Check: NoRules),
    };

    /// <summary>Null if not even the kind is known.</summary>
    public static Draft? Read(ManifestDocument document, ErrorList list)
    {
        var errors = new DocumentErrors(list, document);
        if (document.Root is not ManifestNode.Map root)
        {
            errors.Blame(document.Root, "", NotAnObject);
            return null;
        }

        if (KindOf(root, errors) is not { } kind)
        {
            return null;
        }

        // In this order: what a format says of a value is more to the point than what the schema says.
        var draft = kind.Read(document, new Fields(root, "", errors));
        kind.Schema.Check(root, errors);
        kind.Check(draft, root, errors);
        return draft;
    }

    private static Kind? KindOf(ManifestNode.Map root, DocumentErrors errors)
    {
        var names = string.Join(", ", All.Keys);
        if (root["kind"] is not { } node)
        {
            errors.Add(
                root.Place,
                "kind",
                new Complaint(
                    ManifestErrorCodes.MissingField,
                    "The manifest needs the field 'kind'.",
                    $"One of {names}."
                )
            );
            return null;
        }

        var text = Fields.TextOf(node);
        if (text is not null && All.TryGetValue(text, out var kind))
        {
            return kind;
        }

        errors.Blame(
            node,
            "kind",
            new Complaint(
                ManifestErrorCodes.UnknownKind,
                text is null ? "'kind' is not the name of a kind." : $"There is no kind {Shown.Quoted(text)}.",
                EditDistance.Nearest(text ?? "", All.Keys) is { } nearest
                    ? $"Did you mean '{nearest}'?"
                    : $"One of {names}."
            )
        );
        return null;
    }

    private static Complaint NotAnObject =>
        new(
            ManifestErrorCodes.NotAnObject,
            "A manifest is a map of the fields apiVersion, kind, metadata and spec.",
            "Begin with 'apiVersion: orchestrator/v1'; write several manifests as documents separated by '---'."
        );

    private static Action<Draft, ManifestNode, DocumentErrors> CheckWith<T>(AbstractValidator<T> rules)
        where T : Draft =>
        (draft, root, errors) =>
        {
            foreach (var failure in rules.Validate((T)draft).Errors)
            {
                var path = Path(failure.PropertyName);
                var node = NodePath.Nearest(root, path, out var isExact);
                if (isExact && errors.Blames(node))
                {
                    continue; // It is wrong by itself, so what it is to others says nothing.
                }

                errors.Add(NodePath.PlaceOf(root, path), path, (Complaint)failure.CustomState);
            }
        };

    private static void NoRules(Draft draft, ManifestNode root, DocumentErrors errors)
    {
        // Nothing to check between the fields of a pool, a team or a version.
    }

    /// <summary>Drafts are named as the fields, but for the first letter.</summary>
    private static string Path(string properties) =>
        string.Join('.', properties.Split('.').Select(name => char.ToLowerInvariant(name[0]) + name[1..]));

    private sealed record Kind(
        KindSchema Schema,
        Func<ManifestDocument, Fields, Draft> Read,
        Action<Draft, ManifestNode, DocumentErrors> Check
    );
}
