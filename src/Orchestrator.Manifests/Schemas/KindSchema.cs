using System.Diagnostics;
using NJsonSchema;
using NJsonSchema.Validation;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Schemas;

/// <summary>Checks a document's shape against the schema of its kind.</summary>
internal sealed class KindSchema
{
    private readonly JsonSchema _schema;
    private readonly JsonSchemaValidator _validator = new();

    private KindSchema(JsonSchema schema) => _schema = schema;

    public static KindSchema Load(string name)
    {
        var text = ManifestSchemas.Read(name) ?? throw new UnreachableException($"{name} is not built in.");
        var parsing = JsonSchema.FromJsonAsync(text);

        // Only a reference to another file would have to be waited for, and these have none.
        return parsing.IsCompletedSuccessfully
            ? new KindSchema(parsing.Result)
            : throw new UnreachableException($"{name} refers to another file, or is no schema.", parsing.Exception);
    }

    /// <summary>Blames what nothing else has blamed yet.</summary>
    public void Check(ManifestNode.Map root, DocumentErrors errors)
    {
        var tree = SchemaTree.Of(root, _schema);
        foreach (var error in Leaves(_validator.Validate(tree.Root, _schema)))
        {
            SchemaComplaints.Report(error, tree, errors);
        }
    }

    /// <summary>Errors of items and values come wrapped, once per level.</summary>
    private static IEnumerable<ValidationError> Leaves(IEnumerable<ValidationError> found)
    {
        foreach (var error in found)
        {
            if (error is not ChildSchemaValidationError wrapper)
            {
                yield return error;
                continue;
            }

            foreach (var leaf in Leaves(wrapper.Errors.Values.SelectMany(inner => inner)))
            {
                yield return leaf;
            }
        }
    }
}
