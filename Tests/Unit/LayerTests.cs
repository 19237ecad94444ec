using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>The table of folders in docs/DESIGN.md, held against the usings and the qualified names of every source file.</summary>
public sealed class LayerTests
{
    // What points up today. To be emptied, never added to.
    private static readonly string[] _exceptions =
    [
    ];

    private static readonly string _root = Path.GetDirectoryName(FindDesign(AppContext.BaseDirectory))!;
    private static readonly List<Layer> _layers = ReadTable();
    private static readonly List<Source> _sources = ReadSources();

    [Fact]
    public void Every_source_file_lies_in_a_folder_of_the_table() =>
        Assert.All(_sources, source => Assert.True(source.Layer is not null, source.Path));

    [Fact]
    public void No_folder_may_use_one_that_stands_above_it()
        => Assert.All(_layers, layer =>
            Assert.All(layer.Folders, used => Assert.True(Place(used) > Place(layer.Folder), layer.Folder + " uses " + used)));

    [Fact]
    public void Every_name_in_the_table_is_a_type()
        => Assert.All(_layers, layer =>
            Assert.All(layer.Types, type =>
            Assert.True(_sources.Any(source => source.Types.Contains(type)), layer.Folder + " uses " + type)));

    [Fact]
    public void Every_file_uses_only_what_the_table_allows()
    {
        string[] wrong = [.. _sources.Where(source => source.Layer is not null).SelectMany(Mistakes).Order(StringComparer.Ordinal)];
        Assert.True(wrong.Except(_exceptions).ToArray() is [], "The table of docs/DESIGN.md does not allow:\n"
            + string.Join('\n', wrong.Except(_exceptions)));
        Assert.True(_exceptions.Except(wrong).ToArray() is [], "No longer exceptions:\n" + string.Join('\n', _exceptions.Except(wrong)));
    }

    /// <summary>A protocol gets bytes, not sockets: only CLIENT LIST shows a connection's descriptor, as a number.</summary>
    [Fact]
    public void No_protocol_uses_the_descriptor_of_a_connection()
    {
        string[] users = [.. _sources.Where(
            source => source.Path.StartsWith("Protocol/", StringComparison.Ordinal)
            && source.Code.Contains("->Descriptor", StringComparison.Ordinal)).Select(source => source.Path)];
        Assert.Equal(["Protocol/Resp/Clients/ClientLine.cs"], users);
    }

    [Theory]
    [InlineData("Store/X.cs", "using Epollsrv.Engine; namespace Epollsrv.Store; class X { Server s; }", "Store/X.cs: Server")]
    [InlineData("Ring/X.cs", "namespace Epollsrv.Ring; class X { int i = Protocol.Cs.RegistrationTable.Count; }",
        "Ring/X.cs: RegistrationTable")]
    [InlineData("Ring/X.cs",
        "using Epollsrv.Protocol.Cs; namespace Epollsrv.Ring; class X { CsFrame f; /* RegistrationTable */ string s = \"CsServer\"; }",
        null)]
    [InlineData("Protocol/X.cs", "namespace Epollsrv.Protocol; class X { Http.HttpServer s; }", "Protocol/X.cs: HttpServer")]
    [InlineData("Protocol/Http/X.cs", "namespace Epollsrv.Protocol.Http; class X { Resp.Glob g; ProtocolNumber n; }",
        "Protocol/Http/X.cs: Glob")]
    [InlineData("Node/X.cs", "using static Epollsrv.Commands.ExitCode; namespace Epollsrv.Node; class X { int i = Success; }",
        "Node/X.cs: ExitCode")]
    [InlineData("Engine/X.cs", "using S = Epollsrv.Store.KeyValueStore; namespace Epollsrv.Engine; class X { S s; }",
        "Engine/X.cs: KeyValueStore")]
    [InlineData("Commands/X.cs", "using Epollsrv.Node; namespace Epollsrv.Commands; class X { Engine.Server s; RunningNode n; }", null)]
    public void The_check_sees(string path, string text, string? mistake)
        => Assert.Equal(mistake is null ? [] : [mistake], Mistakes(new Source(path, text)));

    private static IEnumerable<string> Mistakes(Source source)
    {
        foreach (IGrouping<string, Source> space in _sources.GroupBy(other => other.Namespace))
        {
            Layer? layer = space.First().Layer;
            if (space.Key == source.Namespace || space.Key == "Epollsrv" || layer is null || layer == source.Layer
                || source.Layer!.Folders.Contains(layer.Folder))
            {
                continue;
            }

            HashSet<string> types = [.. space.SelectMany(other => other.Types)];
            bool isOpen = source.Usings.Contains(space.Key) || source.Namespace.StartsWith(space.Key + ".", StringComparison.Ordinal);
            IEnumerable<string> named = isOpen ? Words(source.Code, @"(?<![\w.])") : [];
            foreach (string type in named.Concat(Words(source.Code, Qualifiers(source.Namespace, space.Key))).Where(types.Contains)
                .Except(source.Layer.Types).Distinct())
            {
                yield return source.Path + ": " + type;
            }
        }
    }

    private static IEnumerable<string> Words(string code, string before) =>
        Regex.Matches(code, before + @"([A-Z]\w*)").Select(match => match.Groups[1].Value);

    // "Protocol.Cs." from Epollsrv.Ring, "Cs." from Epollsrv.Protocol.Resp, "Epollsrv.Protocol.Cs." from everywhere.
    private static string Qualifiers(string from, string to)
    {
        List<string> names = [to];
        for (string outer = from; outer.Length > 0; outer = outer.Contains('.', StringComparison.Ordinal) ? outer[..outer.LastIndexOf('.')]
            : string.Empty)
        {
            if (to.StartsWith(outer + ".", StringComparison.Ordinal))
            {
                names.Add(to[(outer.Length + 1)..]);
            }
        }

        return @"(?<![\w.])(?:" + string.Join('|', names.Select(Regex.Escape)) + @")\.";
    }

    private static int Place(string folder)
    {
        int place = _layers.FindIndex(layer => layer.Folder == folder);
        Assert.True(place >= 0, folder + " is not in the table");
        return place;
    }

    private static List<Layer> ReadTable()
    {
        string[] lines = File.ReadAllLines(FindDesign(AppContext.BaseDirectory));
        string[][] rows = [.. lines.SkipWhile(line => !line.StartsWith("| folder |", StringComparison.Ordinal)).Skip(2)
            .TakeWhile(line => line.StartsWith('|')).Select(line => line.Split('|'))];
        Assert.True(rows.Length > 8);
        string[] folders = [.. rows.Select(row => row[1].Trim().Trim('`'))];
        List<Layer> layers = [];
        for (int i = 0; i < rows.Length; i++)
        {
            string[] names = [.. Regex.Matches(rows[i][3], "`([^`]+)`").Select(match => match.Groups[1].Value)];
            Assert.True(names.Length > 0 || rows[i][3].Trim() is "everything below" or "nothing", rows[i][3]);
            string[] used = rows[i][3].Trim() == "everything below" ? folders[(i + 1)..] : [.. names.Where(name => name.EndsWith('/'))];
            layers.Add(new Layer(folders[i], used, [.. names.Where(name => !name.EndsWith('/'))]));
        }

        return layers;
    }

    private static List<Source> ReadSources()
    {
        string[] others = ["Tests", "tools", "obj", "bin", "out", ".git"];
        string root = Path.GetDirectoryName(_root)!;
        return [.. Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Select(file => (File: file, Path: Path.GetRelativePath(root, file)))
            .Where(file => !others.Contains(file.Path.Split('/')[0]))
            .Select(file => new Source(file.Path, File.ReadAllText(file.File)))];
    }

    private static string FindDesign(string folder)
    {
        string path = Path.Combine(folder, "docs", "DESIGN.md");
        return File.Exists(path) ? path
            : FindDesign(Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("no docs/DESIGN.md above the tests"));
    }

    private sealed record Layer(string Folder, string[] Folders, string[] Types);

    private sealed class Source
    {
        public Source(string path, string text)
        {
            Path = path;
            Code = Regex.Replace(text, "\"\"\".*?\"\"\"|/\\*.*?\\*/|//[^\n]*|\"(?:[^\"\\\\\n]|\\\\.)*\"", " ", RegexOptions.Singleline);
            Namespace = Regex.Match(Code, @"\bnamespace ([\w.]+);").Groups[1].Value;
            Usings = [.. Regex.Matches(Code, @"\busing ([\w.]+);").Select(match => match.Groups[1].Value)];
            Types = [.. Regex.Matches(Code, @"^(?:[a-z]+ )*(?:class|struct|enum|interface|record) (\w+)", RegexOptions.Multiline)
                .Select(match => match.Groups[1].Value)];
            Layer = _layers.Where(layer => path.StartsWith(layer.Folder, StringComparison.Ordinal)).MaxBy(layer => layer.Folder.Length);
        }

        public string Path { get; }

        public string Code { get; }

        public string Namespace { get; }

        public string[] Usings { get; }

        public string[] Types { get; }

        public Layer? Layer { get; }
    }
}
