using System.Text.RegularExpressions;

namespace Sluice.Simulator.ApiServer;

internal static partial class Names
{
    private const string SubdomainRule = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
    private const string LabelRule = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";

    public static void Check(ResourceType type, string name)
    {
        if (name.Length == 0)
            throw ApiException.Invalid(type, "", [FieldError.Required("metadata.name", "name or generateName is required")]);
        var label = type.Plural is "namespaces" or "services";
        if (name.Length > (label ? 63 : 253))
            throw ApiException.Invalid(type, name, [FieldError.Invalid("metadata.name", name, $"must be no more than {(label ? 63 : 253)} characters")]);
        if (!(label ? Label() : Subdomain()).IsMatch(name))
            throw ApiException.Invalid(type, name, [FieldError.Invalid("metadata.name", name, label ? LabelRule : SubdomainRule)]);
    }

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    private static partial Regex Label();

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")]
    private static partial Regex Subdomain();
}
