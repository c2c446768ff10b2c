using System.Globalization;
using Newtonsoft.Json.Linq;
using NJsonSchema;
using NJsonSchema.Validation;
using Orchestrator.Manifests.Formats;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Schemas;

/// <summary>Says in words of ours what the schema library found.</summary>
internal static class SchemaComplaints
{
    public static void Report(ValidationError error, SchemaTree tree, DocumentErrors errors)
    {
        if (error.Token is not { } token)
        {
            throw new System.Diagnostics.UnreachableException($"{error.Kind} at {error.Path} has no token.");
        }

        var node = tree.NodeOf(token);
        if (node is ManifestNode.Refused)
        {
            return;
        }

        switch (error.Kind)
        {
            case ValidationErrorKind.PropertyRequired:
                errors.Add(node.Owner, () => Join(token.Path, error.Property ?? ""), () => Missing(error, token));
                break;
            case ValidationErrorKind.NoAdditionalPropertiesAllowed:
                errors.Add(node.Owner, () => token.Path, () => Unknown(error.Schema, (JProperty)token));
                break;
            case var _ when errors.TryBlame(node):
                errors.Add(node.Place, () => token.Path, () => Wrong(error, token));
                break;
            default:
                break; // The format of the value has been complained of, which says more.
        }
    }

    private static Complaint Missing(ValidationError error, JToken token) =>
        new(
            ManifestErrorCodes.MissingField,
            $"{Where(token)} needs the field '{error.Property}'.",
            error.Property is { } name && error.Schema.ActualSchema.Properties.TryGetValue(name, out var property)
                ? $"{property.Description ?? property.ActualSchema.Description} {Example(property)}".Trim()
                : "Add the field."
        );

    private static Complaint Unknown(JsonSchema schema, JProperty property)
    {
        var pattern = schema.PatternProperties.Keys.FirstOrDefault();
        if (pattern is not null)
        {
            return new Complaint(
                ManifestErrorCodes.InvalidKey,
                $"{Shown.Quoted(property.Name)} cannot be a key in {Where(property.Parent!)}.",
                $"Keys there match {pattern}."
            );
        }

        var known = schema.Properties.Keys.Where(name => name is not "$schema").Order(StringComparer.Ordinal).ToList();
        return new Complaint(
            ManifestErrorCodes.UnknownField,
            $"{Where(property.Parent!)} has no field {Shown.Quoted(property.Name)}.",
            EditDistance.Nearest(property.Name, known) is { } nearest
                ? $"Did you mean '{nearest}'?"
                : $"Known here: {string.Join(", ", known)}."
        );
    }

    private static Complaint Wrong(ValidationError error, JToken token)
    {
        var schema = error.Schema.ActualSchema;
        return error.Kind switch
        {
            _ when token.Type == JTokenType.Null => new Complaint(
                ManifestErrorCodes.MissingValue,
                $"{Where(token)} has no value.",
                $"Write {Expected(schema)}, or leave the field out; quote it if the text itself is meant."
            ),
            ValidationErrorKind.NotInEnumeration => NotOneOf(schema, token),
            ValidationErrorKind.NumberTooSmall or ValidationErrorKind.NumberTooBig => new Complaint(
                ManifestErrorCodes.OutOfRange,
                $"{Value(token)} is not {Expected(schema)}.",
                $"Write {Expected(schema)}."
            ),
            ValidationErrorKind.StringTooLong => Size(
                ManifestErrorCodes.TooLong,
                token,
                "at most",
                schema.MaxLength,
                "characters"
            ),
            ValidationErrorKind.StringTooShort => Size(
                ManifestErrorCodes.TooShort,
                token,
                "at least",
                schema.MinLength,
                "characters"
            ),
            ValidationErrorKind.TooManyItems => Size(
                ManifestErrorCodes.TooMany,
                token,
                "at most",
                schema.MaxItems,
                "items"
            ),
            ValidationErrorKind.TooFewItems => Size(
                ManifestErrorCodes.TooFew,
                token,
                "at least",
                schema.MinItems,
                "items"
            ),
            ValidationErrorKind.TooManyProperties => Size(
                ManifestErrorCodes.TooMany,
                token,
                "at most",
                schema.MaxProperties,
                "entries"
            ),
            _ when error is MultiTypeValidationError union && token.Type == JTokenType.String => StringOfUnion(
                union,
                token
            ),
            ValidationErrorKind.PatternMismatch => Format(schema, token),
            _ => WrongType(schema, token),
        };
    }

    /// <summary>Where a string or a number will do, the string's own fault is what matters.</summary>
    private static Complaint StringOfUnion(MultiTypeValidationError error, JToken token) =>
        error
            .Errors.Values.SelectMany(inner => inner)
            .Where(inner => inner.Kind is ValidationErrorKind.StringTooLong or ValidationErrorKind.StringTooShort)
            .Select(inner => Wrong(inner, token))
            .DefaultIfEmpty(Format(error.Schema.ActualSchema, token))
            .First();

    private static Complaint NotOneOf(JsonSchema schema, JToken token)
    {
        var known = schema.Enumeration.OfType<string>().ToList();
        var choices = string.Join(", ", known.Select(choice => $"'{choice}'"));
        return new Complaint(
            ManifestErrorCodes.NotOneOf,
            $"{Value(token)} is not {(known.Count == 1 ? "" : "one of ")}{choices}.",
            token.Type == JTokenType.String && EditDistance.Nearest(token.ToString(), known) is { } nearest
                ? $"Did you mean '{nearest}'?"
                : $"Write {string.Join(" or ", known.Select(choice => $"'{choice}'"))}."
        );
    }

    private static Complaint Format(JsonSchema schema, JToken token) =>
        new(
            ManifestErrorCodes.InvalidFormat,
            $"{Value(token)} is not what {Where(token)} takes.",
            schema.ExtensionData?.TryGetValue("patternErrorMessage", out var text) == true
                ? $"{text}"
                : $"It must match {schema.Pattern}."
        );

    private static Complaint WrongType(JsonSchema schema, JToken token) =>
        new(
            ManifestErrorCodes.WrongType,
            $"{Where(token)} is {Value(token)}, not {Expected(schema)}.",
            token.Type == JTokenType.String
            && schema.Type is JsonObjectType.Integer or JsonObjectType.Number or JsonObjectType.Boolean
                ? $"Write {Expected(schema)}, without quotes."
                : $"Write {Expected(schema)}."
        );

    private static Complaint Size(string code, JToken token, string bound, int? count, string what) =>
        new(
            code,
            string.Create(CultureInfo.InvariantCulture, $"{Where(token)} has {bound} {count} {what}."),
            bound is "at most" ? "Shorten it." : "Add to it."
        );

    private static string Expected(JsonSchema schema) =>
        schema.Type switch
        {
            JsonObjectType.Integer => $"a whole number{Range(schema)}",
            JsonObjectType.Number => $"a number{Range(schema)}",
            JsonObjectType.Boolean => "true or false",
            JsonObjectType.Array => "a list",
            JsonObjectType.Object => "a map of fields",
            _ => "text",
        };

    private static string Range(JsonSchema schema) =>
        (schema.Minimum, schema.ExclusiveMinimum) switch
        {
            ({ } least, _) => string.Create(CultureInfo.InvariantCulture, $" from {least} to {schema.Maximum}"),
            (_, { } below) => string.Create(
                CultureInfo.InvariantCulture,
                $" above {below} and below {schema.ExclusiveMaximum}"
            ),
            _ => "",
        };

    private static string Example(JsonSchemaProperty property) =>
        property.ExtensionData?.TryGetValue("examples", out var examples) == true
        && examples is IEnumerable<object> all
        && all.FirstOrDefault() is string or long or int
            ? $"Such as {all.First()}."
            : "";

    private static string Value(JToken token) =>
        token.Type switch
        {
            JTokenType.Object => "a map",
            JTokenType.Array => "a list",
            JTokenType.Boolean => token.Value<bool>() ? "true" : "false",
            _ => Shown.Quoted(string.Create(CultureInfo.InvariantCulture, $"{((JValue)token).Value}")),
        };

    private static string Where(JToken token) => token.Path.Length == 0 ? "The manifest" : Shown.Cut(token.Path, 120);

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
