System.Console.WriteLine("diffuse");
