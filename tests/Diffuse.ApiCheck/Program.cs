using Diffuse.ApiCheck;

// diffuse-apicheck LIST OUT: from the public API of a package, one member a line (type, kind, signature; tab-separated,
// gzip), the C# source of an assembly with exactly that API, in which every body throws.
if (args is not [var list, var output])
{
    Console.Error.WriteLine("usage: Diffuse.ApiCheck LIST.txt.gz OUT.cs");
    return 2;
}

var api = ApiList.Read(list);
File.WriteAllText(output, new StubWriter(api).Write());
return 0;
