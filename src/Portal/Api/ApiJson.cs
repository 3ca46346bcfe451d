using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Xml;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Api;

/// <summary>How the API writes JSON: camelCase, enums as words, durations and times as ISO 8601. Unknown members of a request are refused: a misspelt option must not be lost.</summary>
public static class ApiJson
{
    public static void Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.NumberHandling = JsonNumberHandling.Strict;
        // A pipeline's key is its four parts; what Domain derives from them is not the caller's.
        options.TypeInfoResolver = new DefaultJsonTypeInfoResolver
        {
            Modifiers =
            {
                static type =>
                {
                    if (type.Type != typeof(PipelineKey)) return;
                    foreach (var derived in type.Properties.Where(p => p.Set is null && p.Name is "kubernetesResource" or "path").ToList()) type.Properties.Remove(derived);
                },
            },
        };
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.Converters.Add(new DurationConverter());
    }

    private sealed class DurationConverter : JsonConverter<TimeSpan>
    {
        public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            try
            {
                return XmlConvert.ToTimeSpan(reader.GetString() ?? "");
            }
            catch (FormatException e)
            {
                throw new JsonException("A duration is written as PT1.5S, PT10M or P1D.", e);
            }
        }

        public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteStringValue(XmlConvert.ToString(value));
    }
}
