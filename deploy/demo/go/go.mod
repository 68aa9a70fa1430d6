module fairlead.example/greeting

go 1.18
